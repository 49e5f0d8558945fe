/** The texts of the package for C and C++ that tell build tools where things are. All of them work wherever it is put. */

export function cmakeConfig(soname: string): string {
  return `# find_package(sync_engine) makes the target sync_engine::sync_engine.
get_filename_component(_sync_engine_prefix "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET sync_engine::sync_engine)
  add_library(sync_engine::sync_engine SHARED IMPORTED)
  set_target_properties(sync_engine::sync_engine PROPERTIES
    IMPORTED_LOCATION "\${_sync_engine_prefix}/lib/${soname}"
    IMPORTED_SONAME "${soname}"
    INTERFACE_INCLUDE_DIRECTORIES "\${_sync_engine_prefix}/include")
endif()
unset(_sync_engine_prefix)
`;
}

/** Same first number, or before 1.0 same second one: nothing newer than what is here. */
export function cmakeVersion(version: string): string {
  return `set(PACKAGE_VERSION "${version}")
if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
elseif(NOT PACKAGE_FIND_VERSION_MAJOR STREQUAL "${version.split('.')[0] ?? ''}")
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION STREQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
`;
}

export function pkgConfig(version: string): string {
  return `prefix=\${pcfiledir}/../..
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: sync_engine
Description: JSON documents in a local SQLite file, kept in step with a server
Version: ${version}
Cflags: -I\${includedir}
Libs: -L\${libdir} -lsync_engine
`;
}
