/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets, prints, copies and frees the fields of a record by its table of options. */
#include "lib/base/options.h"

#include "lib/base/c_locale.h"
#include "lib/base/nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *field(const nn_option *option, const void *record)
{
    return (char *)record + option->offset;
}

static int is_text(const nn_option *option)
{
    return option->type == NN_TEXT || option->type == NN_LIST;
}

static int has_range(const nn_option *option)
{
    return !(option->least == 0 && option->most == 0);
}

/* "(1 to 65536)", "(1 or more)" or nothing, with a blank in front. */
static void range_text(const nn_option *option, char *text, size_t size)
{
    text[0] = '\0';
    if (!has_range(option))
        return;
    double far = option->type == NN_INT ? (double)INT_MAX : 1e300;
    if (option->most >= far)
        snprintf(text, size, " (%.10g or more)", option->least);
    else if (option->least <= -far)
        snprintf(text, size, " (%.10g or less)", option->most);
    else
        snprintf(text, size, " (%.10g to %.10g)", option->least, option->most);
}

static int refuse(const nn_option *option, const char *text, const char *wanted, nn_error *error)
{
    char range[96];
    range_text(option, range, sizeof range);
    return nn_fail(error, NN_USAGE, "--%s: '%.100s' is not %s%s", option->name, text, wanted, range);
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int set_int(const nn_option *option, void *record, const char *text, nn_error *error)
{
    char *end;
    const char *digits = text + (*text == '-' || *text == '+');
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (!is_digit(*digits) || *end)
        return refuse(option, text, "a whole number", error);
    int outside = has_range(option) && ((double)value < option->least || (double)value > option->most);
    if (errno == ERANGE || value < INT_MIN || value > INT_MAX || outside)
        return refuse(option, text,
                      has_range(option) ? "in the allowed range" : "a number this program can hold", error);
    *(int *)field(option, record) = (int)value;
    return NN_OK;
}

static int set_seed(const nn_option *option, void *record, const char *text, nn_error *error)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!is_digit(*text) || *end || errno == ERANGE || value > UINT64_MAX)
        return refuse(option, text, "a whole number from 0 to 18446744073709551615", error);
    *(uint64_t *)field(option, record) = (uint64_t)value;
    return NN_OK;
}

static int set_real(const nn_option *option, void *record, const char *text, nn_error *error)
{
    locale_t locale = nn_c_locale();
    char *end;
    if (locale == (locale_t)0)
        return nn_fail(error, NN_FAILED, "--%s: no memory for reading a number", option->name);
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return refuse(option, text, "a number", error);
    double value = strtod_l(text, &end, locale);
    if (end == text || *end)
        return refuse(option, text, "a number", error);
    if (!isfinite(value))
        return refuse(option, text, "a number this program can hold", error);
    if (has_range(option) && (value < option->least || value > option->most))
        return refuse(option, text, "in the allowed range", error);
    *(double *)field(option, record) = value;
    return NN_OK;
}

/* Copies the words "a|b|c" one after the other as C strings; *count gets their number. */
static char *split_words(const char *value, int *count)
{
    char *words = strdup(value ? value : "");
    *count = 1;
    for (char *c = words; c && *c; c++)
        if (*c == '|') {
            *c = '\0';
            ++*count;
        }
    return words;
}

static int refuse_choice(const nn_option *option, const char *text, nn_error *error)
{
    int count;
    char *words = split_words(option->value, &count);
    const char **list = words ? calloc((size_t)count, sizeof *list) : NULL;
    char all[600] = "";
    size_t length = 0;
    if (!list) {
        free(words);
        return nn_fail(error, NN_USAGE, "--%s: '%.100s' is none of %s", option->name, text, option->value);
    }
    const char *word = words;
    for (int i = 0; i < count; i++, word += strlen(word) + 1) {
        list[i] = word;
        if (length < sizeof all)
            length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "", word);
    }
    int near = nn_nearest_word(text, list, count);
    int code = nn_fail(error, NN_USAGE, "--%s: '%.100s' is none of %s%s%s%s", option->name, text, all,
                       near >= 0 ? "; did you mean " : "", near >= 0 ? list[near] : "", near >= 0 ? "?" : "");
    free(list);
    free(words);
    return code;
}

static int set_choice(const nn_option *option, void *record, const char *text, nn_error *error)
{
    size_t length = strlen(text);
    const char *word = option->value ? option->value : "";
    for (int index = 0;; index++) {
        size_t n = strcspn(word, "|");
        if (n == length && n > 0 && memcmp(word, text, n) == 0) {
            *(int *)field(option, record) = index;
            return NN_OK;
        }
        if (!word[n])
            return refuse_choice(option, text, error);
        word += n + 1;
    }
}

static int set_flag(const nn_option *option, void *record, const char *text, nn_error *error)
{
    int yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return refuse(option, text, "true or false", error);
    *(int *)field(option, record) = yes;
    return NN_OK;
}

/* A list still at its default is replaced by the first value given, then grows. */
static int set_text(const nn_option *option, void *record, const char *text, nn_error *error)
{
    char **slot = field(option, record);
    char *now = *slot, *made = NULL;
    int grows = option->type == NN_LIST && now && *now && *text &&
                !(option->fallback && strcmp(now, option->fallback) == 0);
    int failed;
    if (grows)
        failed = asprintf(&made, "%s,%s", now, text) < 0;
    else
        failed = *text && !(made = strdup(text));
    if (failed)
        return nn_fail(error, NN_FAILED, "--%s: no memory for its value", option->name);
    free(now);
    *slot = made;
    return NN_OK;
}

int nn_option_set(const nn_option *option, void *record, const char *text, nn_error *error)
{
    switch (option->type) {
    case NN_FLAG:
        return set_flag(option, record, text, error);
    case NN_INT:
        return set_int(option, record, text, error);
    case NN_SEED:
        return set_seed(option, record, text, error);
    case NN_REAL:
        return set_real(option, record, text, error);
    case NN_CHOICE:
        return set_choice(option, record, text, error);
    case NN_TEXT:
    case NN_LIST:
        return set_text(option, record, text, error);
    }
    return nn_fail(error, NN_FAILED, "--%s: an option of unknown type", option->name);
}

/* The shortest decimal form that reads back as the same number. */
static int get_real(double value, char *text, size_t size)
{
    char form[40] = "";
    locale_t locale = nn_c_locale();
    locale_t saved = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(form, sizeof form, "%.*g", digits, value);
        const int plain = !strchr(form, 'e') || value <= -1e15 || value >= 1e15 || (value > -1 && value < 1);
        if (strtod(form, NULL) == value && plain) /* 20, not 2e+01 */
            break;
    }
    if (saved != (locale_t)0)
        uselocale(saved);
    return snprintf(text, size, "%s", form);
}

int nn_option_get(const nn_option *option, const void *record, char *text, size_t size)
{
    const void *at = field(option, record);
    if (is_text(option)) {
        const char *value = *(char *const *)at;
        return snprintf(text, size, "%s", value ? value : "");
    }
    if (option->type == NN_REAL)
        return get_real(*(const double *)at, text, size);
    if (option->type == NN_SEED)
        return snprintf(text, size, "%" PRIu64, *(const uint64_t *)at);
    int value = *(const int *)at;
    if (option->type == NN_FLAG)
        return snprintf(text, size, "%s", value ? "true" : "false");
    if (option->type == NN_INT)
        return snprintf(text, size, "%d", value);
    const char *word = option->value ? option->value : "";
    for (; value > 0 && *word; value--) {
        word += strcspn(word, "|");
        word += *word == '|';
    }
    return snprintf(text, size, "%.*s", value < 0 ? 0 : (int)strcspn(word, "|"), word);
}

static void clear_field(const nn_option *option, void *record)
{
    if (is_text(option)) {
        char **slot = field(option, record);
        free(*slot);
        *slot = NULL;
    }
}

int nn_options_default(const nn_option *table, void *record, nn_error *error)
{
    for (const nn_option *o = table; o->name; o++) {
        clear_field(o, record);
        if (o->type == NN_REAL)
            *(double *)field(o, record) = 0;
        else if (o->type == NN_SEED)
            *(uint64_t *)field(o, record) = 0;
        else if (!is_text(o))
            *(int *)field(o, record) = 0;
        int code = o->fallback ? nn_option_set(o, record, o->fallback, error) : NN_OK;
        if (code)
            return code;
    }
    return NN_OK;
}

int nn_option_is_default(const nn_option *option, const void *record)
{
    union {
        char *text;
        double real;
        uint64_t seed;
        int whole;
    } usual = {0};
    nn_option alone[2] = {*option, {0}};
    alone[0].offset = 0;
    int same = nn_options_default(alone, &usual, NULL) == NN_OK;
    if (is_text(option)) {
        const char *own = *(char *const *)field(option, record);
        same = same && strcmp(own ? own : "", usual.text ? usual.text : "") == 0;
    } else if (same) {
        const size_t size = option->type == NN_REAL   ? sizeof usual.real
                            : option->type == NN_SEED ? sizeof usual.seed
                                                      : sizeof usual.whole;
        same = memcmp(field(option, record), &usual, size) == 0;
    }
    nn_options_clear(alone, &usual);
    return same;
}

const nn_option *nn_option_find(const nn_option *table, const char *name)
{
    for (const nn_option *o = table; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

void nn_options_clear(const nn_option *table, void *record)
{
    for (const nn_option *o = table; o->name; o++)
        clear_field(o, record);
}

int nn_options_copy(const nn_option *table, void *to, const void *from, nn_error *error)
{
    for (const nn_option *o = table; o->name; o++) {
        const void *source = field(o, from);
        if (is_text(o)) {
            const char *value = *(char *const *)source;
            char *copy = value ? strdup(value) : NULL;
            if (value && !copy) {
                nn_options_clear(table, to);
                return nn_fail(error, NN_FAILED, "--%s: no memory for its value", o->name);
            }
            clear_field(o, to);
            *(char **)field(o, to) = copy;
        } else {
            size_t size = o->type == NN_REAL   ? sizeof(double)
                          : o->type == NN_SEED ? sizeof(uint64_t)
                                               : sizeof(int);
            memcpy(field(o, to), source, size);
        }
    }
    return NN_OK;
}
