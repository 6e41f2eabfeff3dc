/* What a person may write as the place of a remote. Network forms are recognised to be refused clearly. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sync/transport/transport_int.h"

#define PATH_LEN_MAX ((size_t)3900) /* leaves room for names below it */

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
    size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

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

enum vls_code
vls__url_resolve(char *out, const char *url, struct vls_error *err)
{
    char path[PATH_LEN_MAX + 2], here[PATH_MAX];
    const char *rest = url;
    size_t n;
    int len;

    if (url[0] == '\0' || !is_plain(url))
        return VLS_FAIL(err, VLS_EUSAGE, "the place of a remote is empty or holds control characters");
    if (strncmp(url, "file://", 7) == 0) {
        rest = url + 7;
        if (strncmp(rest, "localhost/", 10) == 0)
            rest += 9;
        if (rest[0] != '/' || !percent_decode(path, sizeof path, rest) || !is_plain(path))
            return VLS_FAIL(err, VLS_EUSAGE, "not a file:// address with an absolute path: %s", url);
    } else if (has_scheme(url) || has_host(url)) {
        return VLS_FAIL(err, VLS_EUSAGE, "this version exchanges through a folder or a stick; not one: %s",
                        url);
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
    enum vls_code rc;

    if ((rc = vls__url_resolve(resolved, url, err)) != VLS_OK)
        return rc;
    vls_buf_put_slice(out, vls_slice_str(resolved + strlen("file:")));
    return vls_buf_ok(out, err);
}
