/*
 * What a person may write as the place of a remote: a folder, or an address that ssh or curl can reach. Addresses pass
 * a grammar of their own, so that nothing in them means anything to ssh, to a shell on the host, or to git.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sync/transport/transport_int.h"

#define LETTERS_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define PATH_LEN_MAX   ((size_t)3900) /* leaves room for names below it */

static bool
is_plain(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

/* "scheme://" at the start. */
static bool
has_scheme(const char *url)
{
    size_t n = strspn(url, LETTERS_DIGITS "+.-");

    return n > 0 && strncmp(url + n, "://", 3) == 0;
}

/* "host:path" and "transport::address": a colon before any slash. */
static bool
has_host(const char *url)
{
    size_t n = strcspn(url, ":/");

    return url[n] == ':';
}

static bool
percent_decode(char *out, size_t cap, const char *in)
{
    size_t at = 0;

    while (*in != '\0' && at + 1 < cap) {
        uint8_t c = (uint8_t)*in++;

        if (c == '%') {
            char two[3] = {in[0], in[0] != '\0' ? in[1] : '\0', '\0'};

            if (!vls_unhex(&c, 1, two) || c == 0)
                return false;
            in += 2;
        }
        out[at++] = (char)c;
    }
    out[at] = '\0';
    return *in == '\0';
}

/* Takes n characters of an alphabet as a part; false when there is another one, too many, or a dash in front. */
static bool
part_take(char *out, size_t cap, const char *s, size_t n, const char *further)
{
    if (n >= cap || (n > 0 && s[0] == '-'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strchr(LETTERS_DIGITS, s[i]) == NULL && strchr(further, s[i]) == NULL)
            return false;
    memcpy(out, s, n);
    out[n] = '\0';
    return true;
}

/* "[user@]host" or "[user@][address]"; what follows it. */
static const char *
host_take(struct vls__host *host, const char *s, bool brackets)
{
    size_t user = strcspn(s, "@:/["), n;

    if (s[user] == '@') {
        if (user == 0 || !part_take(host->user, sizeof host->user, s, user, "._+-"))
            return NULL;
        s += user + 1;
    }
    if (brackets && s[0] == '[') {
        n = strcspn(s, "]");
        return s[n] == ']' && n > 1 && part_take(host->name, sizeof host->name, s + 1, n - 1, ":.%") ? s + n + 1 : NULL;
    }
    n = strcspn(s, ":/");
    return n > 0 && part_take(host->name, sizeof host->name, s, n, "._-") ? s + n : NULL;
}

static bool
path_take(struct vls__host *host, const char *s)
{
    static const char further[] = "/._~+@=,-";

    if (s[0] == '/' && s[1] == '~')
        s++; /* from the user's own folder, as git reads it */
    return s[0] != '\0' && strcmp(s, "/") != 0 && part_take(host->path, sizeof host->path, s, strlen(s), further);
}

/* ssh://[user@]host[:port]/path, https://host[:port]/path, or [user@]host:path */
static bool
line_take(struct vls__host *host, const char *url)
{
    bool whole = strncmp(url, "ssh://", 6) == 0 || strncmp(url, "https://", 8) == 0;
    const char *rest = whole              ? host_take(host, strstr(url, "://") + 3, true)
                       : !has_scheme(url) ? host_take(host, url, false)
                                          : NULL;

    if (rest == NULL || host->name[0] == '\0')
        return false;
    if (!whole)
        return rest[0] == ':' && rest[1] != ':' && path_take(host, rest + 1);
    if (rest[0] == ':') {
        size_t n = strspn(rest + 1, "0123456789");

        if (n == 0 || n >= sizeof host->port || rest[1] == '0')
            return false;
        memcpy(host->port, rest + 1, n);
        rest += 1 + n;
    }
    host->by_curl = url[0] == 'h';
    if (host->by_curl && host->user[0] != '\0')
        return false; /* names and passwords of hosts are curl's business */
    return rest[0] == '/' && path_take(host, rest);
}

static enum vls_code
line_resolve(char *out, struct vls__host *host, const char *url, struct vls_error *err)
{
    bool literal;

    memset(host, 0, sizeof *host);
    if (!line_take(host, url)) {
        memset(host, 0, sizeof *host);
        if (strncmp(url, "https://", 8) == 0 && url[8 + strcspn(url + 8, "/@")] == '@') /* not repeated: it may hold both */
            return VLS_FAIL(err, VLS_EUSAGE,
                            "an https address holds no name and no password\n"
                            "They belong into ~/.netrc, as a line:  machine HOST login NAME password PASSWORD");
        return VLS_FAIL(err, VLS_EUSAGE,
                        "not a folder, and no address such as ssh://name@host/path or https://host/path: %s", url);
    }
    literal = strchr(host->name, ':') != NULL;
    (void)snprintf(out, VLS__URL_MAX + 1, "%s://%s%s%s%s%s%s%s%s%s", host->by_curl ? "https" : "ssh", host->user,
                   host->user[0] != '\0' ? "@" : "", literal ? "[" : "", host->name, literal ? "]" : "",
                   host->port[0] != '\0' ? ":" : "", host->port,
                   host->path[0] == '/'   ? ""
                   : host->path[0] == '~' ? "/"
                                          : "/~/",
                   host->path);
    return VLS_OK;
}

enum vls_code
vls__url_resolve(char *out, struct vls__host *host, const char *url, struct vls_error *err)
{
    char path[PATH_LEN_MAX + 2], here[PATH_MAX];
    const char *rest = url;
    size_t n;
    int len;

    memset(host, 0, sizeof *host);
    if (url[0] == '\0' || !is_plain(url))
        return VLS_FAIL(err, VLS_EUSAGE, "the place of a remote is empty or holds control characters");
    if (strncmp(url, "file://", 7) == 0) {
        rest = url + 7;
        if (strncmp(rest, "localhost/", 10) == 0)
            rest += 9;
        if (rest[0] != '/' || !percent_decode(path, sizeof path, rest) || !is_plain(path))
            return VLS_FAIL(err, VLS_EUSAGE, "not a file:// address with an absolute path: %s", url);
    } else if (strncmp(url, "file:", 5) == 0) {
        return VLS_FAIL(err, VLS_EUSAGE, "not a file:// address with an absolute path: %s", url);
    } else if (has_scheme(url) || has_host(url)) {
        return line_resolve(out, host, url, err);
    } else if (strlen(url) < sizeof path) {
        memcpy(path, url, strlen(url) + 1);
    } else {
        return VLS_FAIL(err, VLS_EUSAGE, "the path of the remote is too long");
    }
    for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if (path[0] == '/')
        here[0] = '\0';
    else if (getcwd(here, sizeof here) == NULL)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, "the present folder is not known");
    len = snprintf(out, VLS__URL_MAX + 1, "file:%s%s%s", here, here[0] != '\0' ? "/" : "", path);
    if (len < 0 || (size_t)len > PATH_LEN_MAX)
        return VLS_FAIL(err, VLS_EUSAGE, "the path of the remote is too long");
    return VLS_OK;
}

enum vls_code
vls_remote_place(struct vls_buf *out, const char *url, struct vls_error *err)
{
    char resolved[VLS__URL_MAX + 1];
    struct vls__host host;
    enum vls_code rc;

    if ((rc = vls__url_resolve(resolved, &host, url, err)) != VLS_OK)
        return rc;
    vls_buf_put_slice(out, vls_slice_str(resolved + (host.name[0] == '\0' ? strlen("file:") : 0)));
    return vls_buf_ok(out, err);
}
