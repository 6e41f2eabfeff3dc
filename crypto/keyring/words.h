#ifndef CRYPTO_KEYRING_WORDS_H
#define CRYPTO_KEYRING_WORDS_H

/* The words of generated passphrases: schemas/store/words.txt, turned into C by words.awk. */
#define VLS__N_WORDS 2048

extern const char vls__words[VLS__N_WORDS][8];

#endif
