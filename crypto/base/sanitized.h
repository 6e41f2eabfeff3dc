#ifndef CRYPTO_BASE_SANITIZED_H
#define CRYPTO_BASE_SANITIZED_H

/* 1 in a build under the address sanitizer, which takes terabytes of address space, answers mlock by itself and reports on
 * the standard error; otherwise 0. */
#if defined(__SANITIZE_ADDRESS__)
#define VLS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VLS_SANITIZED 1
#endif
#endif
#ifndef VLS_SANITIZED
#define VLS_SANITIZED 0
#endif

#endif
