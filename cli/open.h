#ifndef CLI_OPEN_H
#define CLI_OPEN_H

#include "cli.h"

#define OPEN_CACHE_SECONDS (15 * 60)

/** A passphrase from the given source, else from the terminal; confirm: a new one, typed twice.
 *  Errors: VLS_ELOCKED, there is none to be had; VLS_EINTERRUPT. */
enum vls_code open_passphrase(struct cli *c, struct vls_secret **out, const char *prompt, bool confirm,
                              struct vls_error *err) VLS_MUST_USE;
/** The key that is at hand without a passphrase: the shell's, else that in the keyring; owned by the caller.
 *  VLS_ENOTFOUND: there is none. */
enum vls_code open_key(const struct cli *c, const uint8_t store[VLS_ID_LEN], struct vls_secret **master) VLS_MUST_USE;
/** True when the command line names a source of the passphrase, which is then to be proved right. */
bool open_source_given(const struct cli *c);
/** The master key by passphrase whatever the cache holds, owned by the caller. Errors: also VLS_EAUTH, a wrong one. */
enum vls_code open_unlock(struct cli *c, struct vls_secret **master, const char *prompt,
                          struct vls_error *err) VLS_MUST_USE;
/** The same with the passphrase itself, owned by the caller also on failure. */
enum vls_code open_unlock_with(struct cli *c, struct vls_secret **master, struct vls_secret **passphrase,
                               const char *prompt, struct vls_error *err) VLS_MUST_USE;
/** Opens with the master key and says what opening found about the store's past. Errors: those of vls_engine_open. */
enum vls_code open_engine(struct cli *c, const struct vls_secret *master, struct vls_error *err) VLS_MUST_USE;
/** Why the valise did not open, in one sentence with what to do; other codes are left as they are. Yields rc. */
enum vls_code open_failed(struct cli *c, enum vls_code rc, struct vls_error *err);
/** Keeps the key in the kernel's keyring, or in a shell's session; *cached false where there is none, which is no failure. */
void open_cache(struct cli *c, const struct vls_secret *master, int64_t seconds, bool *cached);
/** Says that the passphrase is another one now, and what to do next. */
void open_passphrase_changed(struct cli *c, const char *said, const char *next);

#endif
