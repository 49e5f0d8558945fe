// Somebody else's addon: measures something on a thread of its own and writes it into the documents of the application.
// start(api, handle, count): the two values of attach(); stop() waits for the thread and tells how it went.
#include <napi.h>

#include <sync_engine_api.hpp>
#include <string>
#include <thread>

namespace {

struct Sensor {
  const sync_engine_api* api = nullptr;
  void* engine = nullptr;
  int count = 0;
  int heard = 0;
  std::string failure;
  std::thread thread;

  /// Of this thread only: the library calls it from process_events.
  static void onDocument(const sync_engine_event*, void* context) { ++static_cast<Sensor*>(context)->heard; }

  void run() {
    std::uint64_t subscription = 0;
    if (api->subscribe(engine, SYNC_ENGINE_MASK_DOCUMENTS, nullptr, onDocument, this, &subscription) != SYNC_ENGINE_OK) {
      failure = api->last_error_message();
      return;
    }
    for (int i = 0; i < count; ++i) {
      const std::string content = "{\"celsius\":" + std::to_string(20 + i) + "}";
      if (api->create_document(engine, "Reading", content.c_str(), nullptr) != SYNC_ENGINE_OK) {
        failure = api->last_error_message();
        return;
      }
    }
    while (heard < count && api->process_events(engine, 0, 1'000, nullptr) == SYNC_ENGINE_OK) {
    }
    api->unsubscribe(engine, subscription);
  }
};

Sensor sensor;

Napi::Value start(const Napi::CallbackInfo& info) {
  sensor.api = info[0].As<Napi::External<sync_engine_api>>().Data();
  sensor.engine = info[1].As<Napi::External<void>>().Data();
  sensor.count = info[2].As<Napi::Number>();
  // On the JavaScript's own thread, use the client itself: here it could not answer.
  std::int64_t pending = 0;
  const auto status = sensor.api->pending_count(sensor.engine, &pending);
  sensor.thread = std::thread([] { sensor.run(); });
  return Napi::String::New(info.Env(), sensor.api->status_name(status));
}

/// Resolves when the thread has ended, without keeping the JavaScript from answering it meanwhile.
Napi::Value finished(const Napi::CallbackInfo& info) {
  class Join : public Napi::AsyncWorker {
   public:
    explicit Join(Napi::Env env) : Napi::AsyncWorker(env), promise_(Napi::Promise::Deferred::New(env)) {}
    Napi::Promise promise() const { return promise_.Promise(); }
    void Execute() override { sensor.thread.join(); }
    void OnOK() override {
      Napi::Object result = Napi::Object::New(Env());
      result["heard"] = Napi::Number::New(Env(), sensor.heard);
      result["failure"] = Napi::String::New(Env(), sensor.failure);
      promise_.Resolve(result);
    }

   private:
    Napi::Promise::Deferred promise_;
  };
  auto* join = new Join(info.Env());
  join->Queue();
  return join->promise();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports["start"] = Napi::Function::New(env, start);
  exports["finished"] = Napi::Function::New(env, finished);
  return exports;
}

NODE_API_MODULE(sensor, init)

}  // namespace
