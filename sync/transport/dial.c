/*
 * Lines to a host: the system's ssh or curl, with its configuration, keys, certificates and proxies, started by valise
 * and joined to the courier by a socket. So the courier reaches nothing but that socket, and the program gets neither
 * valise's environment nor its descriptors. ssh asks its questions on the terminal; what a program says otherwise is
 * kept for the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/transport/transport_int.h"

#define LINES_MAX       64   /* dialled for one question; looking anew costs up to eight */
#define END_MS          2000 /* for a program to set the terminal right, after SIGTERM */
#define LAST_WORDS_MS   2000 /* for ssh to say why, once the courier has lost its line */
#define LOOK_MS         5
#define HEAR_PARTS      32 /* read at once, of a program that never stops talking */
#define CHANGED         "HOST IDENTIFICATION HAS CHANGED"
#define HTTP            "\nHTTP " /* before the numbers of answers, the host's and a proxy's: curl_words asks for them */
#define ENVIRONMENT_MAX 24

extern char **environ;

/* What these programs may see of our environment. No language: some hosts are sent it. */
static const char *const passed_on[] = {"HOME=",
                                        "PATH=",
                                        "USER=",
                                        "LOGNAME=",
                                        "TERM=",
                                        "XDG_RUNTIME_DIR=",
                                        "SSH_AUTH_SOCK=",
                                        "SSH_ASKPASS=",
                                        "SSH_ASKPASS_REQUIRE=",
                                        "DISPLAY=",
                                        "WAYLAND_DISPLAY=",
                                        "XAUTHORITY=",
                                        "HTTPS_PROXY=",
                                        "https_proxy=",
                                        "ALL_PROXY=",
                                        "all_proxy=",
                                        "NO_PROXY=",
                                        "no_proxy=",
                                        "SSL_CERT_FILE=",
                                        "CURL_CA_BUNDLE="};

static size_t
environment(char *out[ENVIRONMENT_MAX])
{
    size_t n = 0;

    for (char **e = environ; *e != NULL && n + 1 < ENVIRONMENT_MAX; e++)
        for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
            if (strncmp(*e, passed_on[i], strlen(passed_on[i])) == 0)
                out[n++] = *e;
    out[n] = NULL;
    return n;
}

static bool
has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* The words of a command line, and room for those that are made for it. */
struct words {
    char *at[32];
    size_t n;
    char made[VLS__HOST_PATH + 512];
};

static void
words_add(struct words *w, const char *const *list)
{
    for (; *list != NULL && w->n + 1 < sizeof w->at / sizeof w->at[0]; list++) {
        union {
            const char *in;
            char *out; /* spawn reads only; its type cannot say so */
        } word = {*list};

        w->at[w->n++] = word.out;
    }
    w->at[w->n] = NULL;
}

/* The user's own configuration holds, but for what would make something else of a session than one command with both
 * its ends at the line. (An ssh before OpenSSH 8.7 does not know the last three; to let it ignore them would undo the
 * user's own IgnoreUnknown.) */
static void
ssh_words(struct words *w, const struct vls__host *host, enum vls__line service, bool ask)
{
    words_add(w, (const char *const[]){"ssh", "-T", "-x", "-a", "-o", "ClearAllForwardings=yes", "-o",
                                       "PermitLocalCommand=no", "-o", "RemoteCommand=none", "-o", "SessionType=default",
                                       "-o", "StdinNull=no", "-o", "ForkAfterAuthentication=no", NULL});
    if (!ask)
        words_add(w, (const char *const[]){"-o", "BatchMode=yes", NULL});
    if (host->port[0] != '\0')
        words_add(w, (const char *const[]){"-p", host->port, NULL});
    if (host->user[0] != '\0')
        words_add(w, (const char *const[]){"-l", host->user, NULL});
    (void)snprintf(w->made, sizeof w->made, "git-%s-pack '%s'", service == VLS__LINE_RECEIVE ? "receive" : "upload",
                   host->path); /* its alphabet has no quote */
    words_add(w, (const char *const[]){"--", host->name, w->made, NULL});
}

/* One request. No redirection is followed, no other scheme spoken, no file of curl's own read but the names and
 * passwords in .netrc. */
static void
curl_words(struct words *w, const struct vls__host *host, enum vls__line service)
{
    static const char *const asked[][2] = {
        {"Content-Type: application/x-git-upload-pack-request", "Accept: application/x-git-upload-pack-result"},
        {"Content-Type: application/x-git-receive-pack-request", "Accept: application/x-git-receive-pack-result"}};
    bool receive = service == VLS__LINE_RECEIVE || service == VLS__LINE_RECEIVE_REQUEST;
    bool request = service == VLS__LINE_UPLOAD_REQUEST || service == VLS__LINE_RECEIVE_REQUEST;
    bool literal = strchr(host->name, ':') != NULL;

    words_add(w, (const char *const[]){"curl", "-q", "-gsS", "--fail", "--proto", "=https", "--tlsv1.2", "--max-redirs",
                                       "0", "--connect-timeout", "30", "--netrc-optional", "-A", "git/2", "-w",
                                       "%{stderr}\nHTTP %{http_code} %{http_connect}\n", NULL});
    if (request)
        words_add(w, (const char *const[]){"-H", asked[receive][0], "-H", asked[receive][1], "-H",
                                           "Expect:", "--data-binary", "@-", NULL});
    (void)snprintf(w->made, sizeof w->made, "https://%s%s%s%s%s%s/%sgit-%s-pack", literal ? "[" : "", host->name,
                   literal ? "]" : "", host->port[0] != '\0' ? ":" : "", host->port, host->path,
                   request ? "" : "info/refs?service=", receive ? "receive" : "upload");
    words_add(w, (const char *const[]){"--", w->made, NULL});
}

static int
start(struct vls_remote *r, enum vls__line service, int line, int words)
{
    struct words words_of = {.n = 0};
    char *env[ENVIRONMENT_MAX];
    struct vls__spawn what = {.search = true, .argv = words_of.at, .env = env, .line = line, .words = words};

    (void)environment(env);
    if (r->host.by_curl)
        curl_words(&words_of, &r->host, service);
    else
        ssh_words(&words_of, &r->host, service, (r->flags & VLS_REMOTE_BATCH) == 0 && has_terminal());
    what.program = words_of.at[0];
    return vls__spawn(&r->line.pid, &what);
}

/* Sends the frame that carries the courier's end of the line. */
static bool
hand_over(struct vls_remote *r, int line)
{
    const struct vls__msg msg = {.type = VLS__F_LINE};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct vls_buf frame;
    struct iovec part;
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    ssize_t put = -1;

    memset(&control, 0, sizeof control);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof line);
    memcpy(CMSG_DATA(c), &line, sizeof line);
    vls_buf_init(&frame, 64);
    vls__msg_encode(&frame, &msg);
    part = (struct iovec){frame.p, frame.n};
    if (frame.bad == VLS_OK) /* one that waits for it has taken all before it, so it fits; no other is waited for */
        do
            put = sendmsg(r->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        while (put < 0 && errno == EINTR);
    vls_buf_clear(&frame);
    return put == VLS__FRAME_HEAD;
}

/* Whether somebody can need a line for that. */
static bool
is_needed(const struct vls_remote *r, enum vls__line service)
{
    bool request = service == VLS__LINE_UPLOAD_REQUEST || service == VLS__LINE_RECEIVE_REQUEST;
    bool sends = service == VLS__LINE_RECEIVE || service == VLS__LINE_RECEIVE_REQUEST;

    return r->host.name[0] != '\0' && (r->host.by_curl || !request) &&
           !(sends && (r->flags & VLS_REMOTE_READONLY) != 0) && r->line.n < LINES_MAX;
}

enum vls_code
vls__line_dial(struct vls_remote *r, enum vls__line service, struct vls_error *err)
{
    int line[2] = {-1, -1}, words[2] = {-1, -1}, rc = 0;
    enum vls_code code = VLS_OK;

    if (!is_needed(r, service))
        return vls__link_nonsense(r, err);
    r->line.n++;
    vls__line_hang_up(r, 0);
    r->line.changed = false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0 || pipe2(words, O_CLOEXEC) != 0)
        code = VLS_FAIL_SYS(err, VLS_EIO, errno, "no pipe for a line");
    else if ((rc = start(r, service, line[1], words[1])) != 0)
        code = VLS_FAIL_SYS(err, rc == ENOENT ? VLS_ENOTFOUND : VLS_EIO, rc,
                            "the program %s cannot be started; install %s", r->host.by_curl ? "curl" : "ssh",
                            r->host.by_curl ? "curl" : "openssh-client");
    else if (!hand_over(r, line[0]))
        code = VLS_FAIL_SYS(err, VLS_EIO, errno, "the courier has ended");
    if (words[1] >= 0)
        (void)close(words[1]);
    if (line[0] >= 0)
        (void)close(line[0]);
    if (line[1] >= 0)
        (void)close(line[1]);
    if (rc == 0 && code == VLS_OK) {
        r->line.words = words[0];
        (void)fcntl(words[0], F_SETFL, O_NONBLOCK);
    } else if (words[0] >= 0) {
        (void)close(words[0]);
    }
    if (code != VLS_OK) {
        vls__line_hang_up(r, 0);
        (void)vls__courier_stop(r, 0);
    }
    return code;
}

void
vls__line_hear(struct vls_remote *r)
{
    char *end = r->line.end;

    for (int part = 0; part < HEAR_PARTS && r->line.words >= 0; part++) {
        ssize_t got = read(r->line.words, end + r->line.n_end, sizeof r->line.end - 1 - r->line.n_end);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            (void)close(r->line.words);
            r->line.words = -1;
            return;
        }
        r->line.n_end += (size_t)got;
        r->line.changed = r->line.changed || memmem(end, r->line.n_end, CHANGED, strlen(CHANGED)) != NULL;
        if (r->line.n_end > VLS__WORDS_KEPT) {
            memmove(end, end + r->line.n_end - VLS__WORDS_KEPT, VLS__WORDS_KEPT);
            r->line.n_end = VLS__WORDS_KEPT;
        }
        end[r->line.n_end] = '\0';
    }
}

/* True when the program is gone within that time, or is none of ours any more. */
static bool
gone_within(struct vls_remote *r, int ms, int *status)
{
    const int64_t until = vls__link_now_ms() + ms;

    for (;;) {
        struct pollfd p = {.fd = r->line.words, .events = POLLIN};
        pid_t got = waitpid(r->line.pid, status, WNOHANG);

        if (got != 0 && !(got < 0 && errno == EINTR))
            return true;
        if (vls__link_now_ms() >= until)
            return false;
        if (poll(&p, 1, LOOK_MS) > 0) /* without a descriptor it only waits */
            vls__line_hear(r);
    }
}

/* Waits for the end of ssh; its exit status, -1 when it had to be ended. */
static int
line_reap(struct vls_remote *r, int grace_ms)
{
    int status = -1;
    bool by_itself = gone_within(r, grace_ms, &status);

    if (!by_itself) {
        (void)kill(r->line.pid, SIGTERM);
        if (!gone_within(r, END_MS, &status)) {
            (void)kill(r->line.pid, SIGKILL); /* stopped, or deaf */
            while (waitpid(r->line.pid, &status, 0) < 0 && errno == EINTR)
                ;
        }
    }
    r->line.pid = 0;
    return by_itself && status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last line of n bytes that holds words; empty: none does. */
static struct vls_slice
last_line(const char *text, size_t n)
{
    size_t start;

    while (n > 0 && strchr("\n\r ", text[n - 1]) != NULL)
        n--;
    for (start = n; start > 0 && text[start - 1] != '\n'; start--)
        ;
    return vls_slice_of((const uint8_t *)text + start, n - start);
}

static bool
begins(struct vls_slice line, const char *with)
{
    return line.n >= strlen(with) && memcmp(line.p, with, strlen(with)) == 0; /* public */
}

/* What ssh or curl said: the last line that holds words, and of curl the answers' numbers, which stand behind it. A
 * host's notice of any length may come before. Where ssh only knows that its way has ended ("UNKNOWN port"), the one on
 * that way has said why before it. */
static void
words_read(struct vls_remote *r)
{
    const char *text = r->line.end;
    struct vls_slice line, before;
    size_t n = r->line.n_end;
    char *behind;

    for (const char *at = text; r->host.by_curl && (at = strstr(at, HTTP)) != NULL; at++) {
        r->line.http = (int)strtol(at + strlen(HTTP), &behind, 10);
        r->line.proxy = atoi(behind);
        n = (size_t)(at - text);
    }
    line = last_line(text, n);
    r->line.midway = !r->host.by_curl && begins(line, "Connection ") &&
                     memmem(line.p, line.n, "UNKNOWN port", strlen("UNKNOWN port")) != NULL;
    for (before = line; r->line.midway && before.n > 0;) {
        before = last_line(text, (size_t)((const char *)before.p - text));
        if (!begins(before, "kex_exchange_identification") && !begins(before, "banner exchange")) {
            line = before.n > 0 ? before : line;
            break;
        }
    }
    vls__escape(r->line.said, line);
}

void
vls__line_hang_up(struct vls_remote *r, int grace_ms)
{
    r->line.status = -1;
    r->line.http = r->line.proxy = 0;
    if (r->line.pid > 0)
        r->line.status = line_reap(r, grace_ms);
    vls__line_hear(r);
    words_read(r);
    if (r->line.words >= 0)
        (void)close(r->line.words);
    r->line.words = -1;
    r->line.n_end = 0;
    r->line.end[0] = '\0';
}

/* Numbers of curl(1). */
enum {
    CURL_NO_PROXY = 5,
    CURL_NOT_CONNECTED = 7,
    CURL_TIME = 28,
    CURL_TLS = 35,
    CURL_BROKEN_OFF = 56,
    CURL_CERTIFICATE = 60,
    CURL_PROXY = 97
};

/* True when curl tried to connect to something else than the host. */
static bool
connects_elsewhere(const struct vls_remote *r)
{
    static const char tried[] = "Failed to connect to ";
    char own[sizeof tried + sizeof r->host.name + 32];

    (void)snprintf(own, sizeof own, "%s%s port %s ", tried, r->host.name,
                   r->host.port[0] != '\0' ? r->host.port : "443");
    return strstr(r->line.said, tried) != NULL && strcasestr(r->line.said, own) == NULL;
}

/* A failure of the proxy on the way; VLS_OK: it was none. */
static enum vls_code
proxy_explain(struct vls_remote *r, struct vls_error *err)
{
    const char *how = NULL;

    if (r->line.http == 0 && r->line.proxy == 407)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "%s: the proxy wants a name and password (407)", r->shown);
    if (r->line.http == 0 && r->line.proxy >= 300)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "%s: the proxy does not let us through (%d)", r->shown, r->line.proxy);
    switch (r->line.status) {
    case CURL_NO_PROXY: how = "is not found"; break;
    case CURL_NOT_CONNECTED:
    case CURL_TIME: how = connects_elsewhere(r) ? "does not answer" : NULL; break;
    case CURL_BROKEN_OFF: how = strstr(r->line.said, "CONNECT") != NULL ? "breaks off" : NULL; break;
    case CURL_PROXY: how = "does not let us through"; break;
    default: break;
    }
    return how == NULL ? VLS_OK : VLS_FAIL(err, VLS_EUNREACHABLE, "%s: the proxy %s: %s", r->shown, how, r->line.said);
}

static enum vls_code
curl_explain(struct vls_remote *r, enum vls_code code, struct vls_error *err)
{
    enum vls_code proxy = proxy_explain(r, err);

    if (proxy != VLS_OK)
        return proxy;
    if (r->line.http >= 300 && r->line.http < 400)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "%s: the host sends us elsewhere, which is not followed (%d)", r->shown,
                        r->line.http);
    if (r->line.http == 401)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "%s: the host wants another name and password (%d)", r->shown,
                        r->line.http);
    if (r->line.http == 403)
        return VLS_FAIL(err, code == VLS_EREADONLY ? code : VLS_EUNREACHABLE, "%s: the host does not let us (403)",
                        r->shown);
    if (r->line.http >= 400)
        return VLS_FAIL(err, code, "%s: the host answers %d", r->shown, r->line.http);
    if (r->line.status == CURL_CERTIFICATE || r->line.status == CURL_TLS)
        return VLS_FAIL(err, VLS_ETRUST, "%s: the host cannot show who it is: %s", r->shown, r->line.said);
    if (r->line.said[0] != '\0')
        return VLS_FAIL(err, VLS_EUNREACHABLE, "%s: %s", r->shown, r->line.said);
    return code;
}

enum vls_code
vls__line_explain(struct vls_remote *r, enum vls_code code, struct vls_error *err)
{
    if (r->line.pid <= 0)
        return code;
    vls__line_hang_up(r, LAST_WORDS_MS);
    if (code != VLS_EUNREACHABLE && code != VLS_EREADONLY)
        return code;
    if (r->host.by_curl)
        return curl_explain(r, code, err);
    if (r->line.changed)
        return VLS_FAIL(err, VLS_ETRUST,
                        "the host shows another key than it did before: somebody may be in between; nothing was sent");
    if (r->line.said[0] != '\0') /* ssh ends with 255 when it did not get through */
        return VLS_FAIL(err, r->line.status == 255 ? VLS_EUNREACHABLE : code, "%s: %s%s", r->shown,
                        r->line.midway ? "on the way there: " : "", r->line.said);
    return code;
}
