/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches jansson's memory, and parses and prints with an eye on it. */
#include "lib/files/json_text.h"

#include "lib/base/c_locale.h"
#include "lib/base/shortage.h"
#include "lib/files/text_stream.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- its memory --- */

/* The reserve is for the moments between a failure and its report: a few hundred small blocks. */
enum { RESERVE = 1 << 17, SMALL = 1 << 12, ALIGNED = 16 };

static _Thread_local bool memory_short;
static json_malloc_t plain_malloc = malloc;
static json_free_t plain_free = free;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(ALIGNED) char reserve[RESERVE];
static size_t reserve_used, reserve_alive;

static void *from_reserve(size_t size)
{
    void *block = NULL;
    const size_t whole = (size + ALIGNED - 1) / ALIGNED * ALIGNED;
    pthread_mutex_lock(&lock);
    if (size <= SMALL && whole <= RESERVE - reserve_used) {
        block = reserve + reserve_used;
        reserve_used += whole ? whole : ALIGNED;
        reserve_alive++;
    }
    pthread_mutex_unlock(&lock);
    return block;
}

static void *watched_malloc(size_t size)
{
    void *block = plain_malloc(size);
    if (block)
        return block;
    memory_short = true;
    nn_shortage_note();
    return from_reserve(size);
}

static void watched_free(void *block)
{
    const uintptr_t at = (uintptr_t)block, begin = (uintptr_t)reserve;
    if (at < begin || at >= begin + RESERVE) {
        plain_free(block);
        return;
    }
    pthread_mutex_lock(&lock);
    if (--reserve_alive == 0)
        reserve_used = 0;
    pthread_mutex_unlock(&lock);
}

/* Before anything makes a document. Whatever another program set before stays at work below. */
__attribute__((constructor)) static void watch(void)
{
    json_get_alloc_funcs(&plain_malloc, &plain_free);
    json_set_alloc_funcs(watched_malloc, watched_free);
}

bool nn_json_short(void)
{
    const bool was = memory_short;
    memory_short = false;
    return was;
}

/* --- reading --- */

typedef struct reading {
    const char *text;
    size_t size, at;
} reading;

/* Little at a time, and nothing more once memory was short: the reserve has to last until the parser ends. */
static size_t hand_out(void *buffer, size_t size, void *context)
{
    reading *r = context;
    size_t n = r->size - r->at;
    if (memory_short)
        return (size_t)-1;
    n = n < size ? n : size;
    n = n < 512 ? n : 512;
    memcpy(buffer, r->text + r->at, n);
    r->at += n;
    return n;
}

int nn_json_parse(json_t **document, const char *text, size_t size, size_t flags, nn_error *error)
{
    size_t at;
    const int code = nn_json_parse_at(document, text, size, flags, &at, error);
    if (code != NN_BAD_DATA)
        return code;
    const nn_error reason = *error;
    return nn_fail(error, code, "%s at byte %zu", reason.text, at);
}

int nn_json_parse_at(json_t **document, const char *text, size_t size, size_t flags, size_t *at,
                     nn_error *error)
{
    reading r = {.text = text, .size = size};
    json_error_t reason = {.text = ""};
    const bool before = nn_json_short();
    *document = json_load_callback(hand_out, &r, flags, &reason);
    const bool now = nn_json_short();
    *at = reason.position > 0 ? (size_t)reason.position : 0;
    memory_short = before; /* whoever builds a document asks for it */
    if (now || (!*document && (!*reason.text || json_error_code(&reason) == json_error_out_of_memory))) {
        json_decref(*document);
        *document = NULL;
        return nn_fail(error, NN_FAILED, "no memory for reading it");
    }
    return *document ? NN_OK : nn_fail(error, NN_BAD_DATA, "%s", reason.text);
}

/* --- writing --- */

static int take(const char *text, size_t size, void *out)
{
    fwrite(text, 1, size, out);
    return memory_short ? -1 : 0;
}

bool nn_json_write(const json_t *document, size_t flags, FILE *out)
{
    const int failed = json_dump_callback(document, take, out, flags);
    return !nn_json_short() && !failed;
}

char *nn_json_dump(const json_t *document, size_t flags)
{
    nn_text_stream stream;
    if (!nn_text_open(&stream))
        return NULL;
    const bool whole = nn_json_write(document, flags, stream.out);
    if (nn_text_close(&stream) && whole)
        return stream.text;
    free(stream.text);
    return NULL;
}

/* The fewest digits that give the same value, if these are fewer: never more than stand there. */
static size_t shorten_real(char *text, size_t length)
{
    char shorter[40];
    const double value = strtod(text, NULL);
    int digits = 1;
    while (digits < 17 &&
           (snprintf(shorter, sizeof shorter, "%.*g", digits, value), strtod(shorter, NULL) != value))
        digits++;
    size_t size = digits < 17 ? strlen(shorter) : length;
    if (digits < 17 && !strpbrk(shorter, ".e")) { /* it stays a real */
        memcpy(shorter + size, ".0", 3);
        size += 2;
    }
    if (size >= length)
        return length;
    memcpy(text, shorter, size);
    return size;
}

/* Of all reals outside of texts, in place. */
static void shorten_reals(char *text)
{
    bool inside = false;
    char *to = text;
    for (char *from = text; *from;) {
        const size_t length = inside ? 0 : strspn(from, "+-.0123456789eE");
        if (length > 1 && strcspn(from, ".eE") < length && strchr("-0123456789", *from)) {
            memmove(to, from, length);
            const char next = to[length];
            to[length] = '\0';
            const size_t size = shorten_real(to, length);
            to[length] = next;
            to += size;
            from += length;
            continue;
        }
        if (inside && *from == '\\')
            *to++ = *from++;
        else if (*from == '"')
            inside = !inside;
        *to++ = *from++;
    }
    *to = '\0';
}

char *nn_json_dump_exact(const json_t *document)
{
    char *text = nn_json_dump(document, JSON_COMPACT | JSON_REAL_PRECISION(17));
    const locale_t plain = nn_c_locale(), old = text && plain ? uselocale(plain) : (locale_t)0;
    if (old) {
        shorten_reals(text);
        uselocale(old);
    }
    return text;
}
