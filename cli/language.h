#ifndef CLI_LANGUAGE_H
#define CLI_LANGUAGE_H

#include "cli.h"

/** Chooses the language (--lang, then the environment) and opens the catalogue; yields "en" or "fr". */
const char *language_start(const char *wanted);
/** True when the library's last message was in the catalogue. */
bool language_has_last(void);

#endif
