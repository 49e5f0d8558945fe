/* Documents from C: makes one, changes it, lists all.  console DATABASE [SERVER_URL] */
#include <stdio.h>
#include <sync_engine.h>

static int failed(const char *what) {
  fprintf(stderr, "%s: %s: %s %s\n", what, sync_engine_status_name(sync_engine_last_error_code()),
          sync_engine_last_error_message(), sync_engine_last_error_remedy());
  return 1;
}

/* The id in a document's JSON: its first member. */
static void id_of(const char *document, char id[37]) { snprintf(id, 37, "%s", document + sizeof("{\"id\":\"") - 1); }

static int run(void *engine, int online) {
  char *document = NULL;
  char *all = NULL;
  char id[37];
  int64_t pending = 0;
  if (sync_engine_create_document(engine, "Milk", "{\"status\":\"pending\",\"litres\":1}", &document) != SYNC_ENGINE_OK) {
    return failed("create");
  }
  id_of(document, id);
  sync_engine_free(document);
  /* What is written is on the disk, whether or not there is a server. */
  if (sync_engine_merge_document(engine, id, NULL, "{\"litres\":2}", NULL) != SYNC_ENGINE_OK) return failed("merge");
  if (online && sync_engine_wait_until_synced(engine, 20000) != SYNC_ENGINE_OK) return failed("sync");
  if (sync_engine_find_documents(engine, "{\"litres\":{\"gte\":2}}", NULL, &all) != SYNC_ENGINE_OK) return failed("find");
  printf("%s\n", all);
  sync_engine_free(all);
  if (sync_engine_pending_count(engine, &pending) != SYNC_ENGINE_OK) return failed("pending");
  printf("%ld not confirmed yet\n", (long)pending);
  return 0;
}

int main(int argc, char **argv) {
  const char *server = argc > 2 ? argv[2] : NULL;
  void *engine;
  int result;
  if (argc < 2) {
    fprintf(stderr, "usage: %s DATABASE [SERVER_URL]\n", argv[0]);
    return 2;
  }
  engine = sync_engine_create(argv[1], server, "demo-token");
  if (engine == NULL) return failed("open");
  result = run(engine, server != NULL);
  sync_engine_destroy(engine);
  return result;
}
