/*
 * To whom something is passed on, as people name them.
 */
#include "report_int.h"

struct address_word {
    const char *word, *term;
    enum vls_addressee to;
};

static const struct address_word WORDS[] = {
    {"court", "court", VLS_TO_COURT},
    {"court:prosecutor", "court-prosecutor", VLS_TO_COURT},
    {"court-prosecutor", "court-prosecutor", VLS_TO_COURT},
    {"court:registry", "court-registry", VLS_TO_COURT},
    {"court-registry", "court-registry", VLS_TO_COURT},
    {"president", "president", VLS_TO_PRESIDENT},
    {"focal-points", "focal-points", VLS_TO_FOCAL_POINTS},
    {"groups", "all-groups", VLS_TO_ALL_GROUPS},
    {"all-groups", "all-groups", VLS_TO_ALL_GROUPS},
    {"secretariat", "secretariat", VLS_TO_SECRETARIAT},
};

static char
upper(char ch)
{
    return ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
}

static bool
same_word(const char *a, const char *b)
{
    for (; *a != '\0' && upper(*a) == upper(*b); a++, b++)
        ;
    return *a == '\0' && *b == '\0';
}

enum vls_code
vls_address_parse(struct vls_address *out, const char *words, struct vls_error *err)
{
    size_t i;

    memset(out, 0, sizeof *out);
    for (i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (same_word(words, WORDS[i].word)) {
            out->to = WORDS[i].to;
            out->term = WORDS[i].term;
            return VLS_OK;
        }
    }
    if (strncmp(words, "group:", 6) == 0) {
        for (i = 0; i < VLS_N_GROUPS; i++) {
            if (same_word(words + 6, vls_group_name(i))) {
                out->to = VLS_TO_GROUP;
                out->term = "group";
                out->group = i;
                memcpy(out->detail, vls_group_name(i), strlen(vls_group_name(i)) + 1);
                return VLS_OK;
            }
        }
    }
    if (strncmp(words, "state:", 6) == 0 && (out->state = vls_country_find(vls_slice_str(words + 6))) != NULL) {
        out->to = VLS_TO_STATE;
        out->term = "state";
        memcpy(out->detail, out->state->code, sizeof out->state->code);
        return VLS_OK;
    }
    return VLS_FAIL(err, VLS_EUSAGE, "no such addressee");
}
