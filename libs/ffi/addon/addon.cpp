// The Node addon: gives native code in this process the C ABI on an SDK client that JavaScript hands over.
#include <napi.h>

#include <memory>
#include <utility>

#include "engine.hpp"
#include "events.hpp"
#include "fork_guard.hpp"
#include "node_backend.hpp"
#include "registry.hpp"
#include "sync_engine_api.hpp"

using namespace sync_engine_internal;

namespace {

constexpr std::chrono::seconds kCallTimeout{60};
constexpr std::size_t kQueuedEvents = 10'000;

// Not const only because an External cannot be: nobody writes to it.
sync_engine_api api = {
    sizeof(sync_engine_api),
#define SYNC_ENGINE_ENTRY(name) &sync_engine_##name,
    SYNC_ENGINE_API_FUNCTIONS(SYNC_ENGINE_ENTRY)
#undef SYNC_ENGINE_ENTRY
};

std::string bytesOf(const Napi::Value& value) {
  const auto buffer = value.As<Napi::Buffer<char>>();
  return std::string(buffer.Data(), buffer.Length());
}

/// `attach(carryOut, threaded)`: `{ api, handle, answer(call, status, body), event(type, fields), detach() }`
Napi::Value attach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsFunction() || !info[1].IsBoolean()) {
    throw Napi::TypeError::New(env, "attach takes a function, and whether callbacks are called by a thread of their own");
  }
  guardAgainstForks();
  const bool threaded = info[1].As<Napi::Boolean>();
  auto calls = std::make_shared<NodeCalls>();
  auto events = std::make_shared<Events>(kQueuedEvents);
  auto backend = std::make_unique<NodeBackend>(env, info[0].As<Napi::Function>(), calls);
  auto engine = std::make_shared<Engine>(std::move(backend), events, kCallTimeout, threaded);
  if (threaded) events->startThread();
  void* handle = enterEngine(engine);
  Napi::Object attached = Napi::Object::New(env);
  attached["api"] = Napi::External<sync_engine_api>::New(env, &api);
  attached["handle"] = Napi::External<void>::New(env, handle);
  attached["answer"] = Napi::Function::New(env, [calls](const Napi::CallbackInfo& given) {
    calls->answer(static_cast<std::uint64_t>(given[0].As<Napi::Number>().Int64Value()),
                  Reply{given[1].As<Napi::Number>().Int32Value(), bytesOf(given[2])});
  });
  attached["event"] = Napi::Function::New(env, [events](const Napi::CallbackInfo& given) {
    if (auto event = decodeEvent(given[0].As<Napi::Number>().Int32Value(), bytesOf(given[1]))) {
      events->push(std::move(*event));
    }
  });
  attached["detach"] =
      Napi::Function::New(env, [handle](const Napi::CallbackInfo&) { sync_engine_destroy(handle); });
  return attached;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports["attach"] = Napi::Function::New(env, attach);
  return exports;
}

NODE_API_MODULE(sync_engine, init)

}  // namespace
