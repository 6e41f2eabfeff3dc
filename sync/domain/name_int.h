#ifndef SYNC_DOMAIN_NAME_INT_H
#define SYNC_DOMAIN_NAME_INT_H

#include "sync/domain/domain_int.h"

#define VLS__NAME_TOKENS 10 /* names have three to six; pairing takes 2^n steps */
#define VLS__TOKEN_MAX 40   /* bytes of one token; longer ones are cut */

struct vls__token {
    char text[VLS__TOKEN_MAX];
    size_t n;
    char compound; /* 'd': stands behind abd, 'u': behind abu, 0: alone */
    bool family;   /* text is the head of a known family of spellings */
    bool ascii;
    bool frequent; /* a given name that says little; set where names are compared */
};

struct vls__name {
    struct vls__token t[VLS__NAME_TOKENS];
    size_t n;
};

void vls__name_of(struct vls__name *out, struct vls_slice name);

/** Likeness of two lower-case ASCII words through their consonants, in per mille; symmetric. */
int vls__sound_likeness(const char *a, const char *b);

#endif
