/*
 * English or French, without needing a French locale on the laptop: glibc takes LANGUAGE into account
 * for every locale but plain C, so C.UTF-8 with LANGUAGE set reads our catalogue anywhere.
 */
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "language.h"

#ifndef VLS_LOCALEDIR
#define VLS_LOCALEDIR "/usr/local/share/locale"
#endif
#define DOMAIN "valise"

static const char *
env_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* POSIX order, with LANGUAGE before all of them unless the locale is C. */
static const char *
from_environment(void)
{
    const char *locale = env_set("LC_ALL"), *language = env_set("LANGUAGE");

    if (locale == NULL)
        locale = env_set("LC_MESSAGES");
    if (locale == NULL)
        locale = env_set("LANG");
    if (locale == NULL || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return "en";
    if (language == NULL)
        language = locale;
    return strncmp(language, "fr", 2) == 0 && (language[2] == '\0' || strchr("_.:@", language[2]) != NULL) ? "fr"
                                                                                                           : "en";
}

/* The catalogue beside the program comes first, so that a build tree and a moved prefix both work. */
static void
bind_catalogue(void)
{
    static const char *const beside[] = {"locale", "../share/locale"};
    char exe[PATH_MAX], dir[PATH_MAX + 32], file[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *slash;
    size_t i;

    bind_textdomain_codeset(DOMAIN, "UTF-8");
    textdomain(DOMAIN);
    bindtextdomain(DOMAIN, VLS_LOCALEDIR);
    if (n <= 0)
        return;
    exe[n] = '\0';
    if ((slash = strrchr(exe, '/')) == NULL)
        return;
    for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(dir, sizeof(dir), "%.*s/%s", (int)(slash - exe), exe, beside[i]);
        snprintf(file, sizeof(file), "%s/fr/LC_MESSAGES/" DOMAIN ".mo", dir);
        if (access(file, R_OK) == 0) {
            bindtextdomain(DOMAIN, dir);
            return;
        }
    }
}

static bool translated;

/* A frame's words never hide that the message within them has none. */
static const char *
words_of_library(const char *fmt, bool frame)
{
    const char *words = fmt[0] != '\0' ? gettext(fmt) : fmt; /* "" is the catalogue's header */

    if (!frame)
        translated = words != fmt;
    return words;
}

bool
language_has_last(void)
{
    return translated;
}

const char *
language_start(const char *wanted)
{
    const char *lang = wanted != NULL ? wanted : from_environment();

    lang = strcmp(lang, "fr") == 0 ? "fr" : "en";
    setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_MESSAGES, "C.UTF-8");
    setenv("LANGUAGE", lang, 1);
    bind_catalogue();
    vls_error_words(words_of_library);
    return lang;
}
