/* sql HOME PASSPHRASE STATEMENT: what no command does: runs a statement on the sealed database of a home, so that a
 * test can damage what merging has made. */
#include <stdio.h>
#include <string.h>

#include "sync/store/store_int.h"
#include "valise/engine.h"
#include "valise/secret.h"

int
main(int argc, char **argv)
{
    struct vls_secret *passphrase = NULL, *master = NULL;
    struct vls_engine *e = NULL;
    struct vls_error err = {VLS_OK, 0, 0, ""};
    char data[4096], state[4096];
    struct vls_places p = {.data = data, .state = state};
    int failed = 1;

    if (argc != 4)
        return 2;
    (void)snprintf(data, sizeof data, "%s/data", argv[1]);
    (void)snprintf(state, sizeof state, "%s/state", argv[1]);
    if (vls_secret_start(&err) == VLS_OK && vls_secret_copy(&passphrase, argv[2], strlen(argv[2]), &err) == VLS_OK &&
        vls_engine_unlock(&master, &p, passphrase, &err) == VLS_OK && vls_engine_open(&e, &p, master, &err) == VLS_OK)
        failed = sqlite3_exec(vls_engine_store(e)->db, argv[3], NULL, NULL, NULL) != SQLITE_OK ||
                 sqlite3_changes(vls_engine_store(e)->db) == 0;
    if (failed)
        fprintf(stderr, "%s\n", err.text);
    vls_engine_close(e);
    vls_secret_free(master);
    vls_secret_free(passphrase);
    return failed;
}
