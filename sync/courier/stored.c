/*
 * What libgit2 packs to send it over a line is sealed: searching it for what repeats costs a third of sending and finds
 * nothing. libgit2 has no setting for that, so its call ends here, in a stream of stored blocks.
 */
#include <zlib.h>

#pragma GCC visibility push(default)

int
deflateInit_(z_streamp stream, int level, const char *version, int size)
{
    (void)level;
    return deflateInit2_(stream, Z_NO_COMPRESSION, Z_DEFLATED, MAX_WBITS, 8, Z_DEFAULT_STRATEGY, version, size);
}

#pragma GCC visibility pop
