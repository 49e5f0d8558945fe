// The snippet of the original project's read-me, as it was written, in a program that uses what it makes.
extern "C" {
    void* sync_engine_create(
        const char* database_path,
        const char* server_url,
        const char* auth_token
    );
    void sync_engine_destroy(void* engine);
}

auto engine = sync_engine_create(
    "client.db",
    "ws://localhost:8080/ws",
    "demo-token"
);

#include <sync_engine.h>

#include <iostream>

int main() {
  if (engine == nullptr) {
    std::cerr << sync_engine_last_error_message() << "\n";
    return 1;
  }
  const sync_engine_status synced = sync_engine_wait_until_synced(engine, 20'000);
  if (synced != SYNC_ENGINE_OK) std::cerr << sync_engine_last_error_message() << "\n";
  char* documents = nullptr;
  sync_engine_list_documents(engine, nullptr, &documents);
  std::cout << (documents == nullptr ? "" : documents) << "\n";
  sync_engine_free(documents);
  sync_engine_destroy(engine);
  return synced == SYNC_ENGINE_OK ? 0 : 1;
}
