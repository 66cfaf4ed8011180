/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds, parses and prints parts of networks. */
#include "lib/parts/part.h"

#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one part --- */

static int unknown(nn_part_class class, const char *text, size_t length, nn_error *error)
{
    enum { MOST = 64 };
    const char *names[MOST];
    char hint[600];
    int count = 0;
    const nn_part_kind *kind;
    for (; count < MOST && (kind = nn_part_at(class, count)); count++)
        names[count] = kind->name;
    return nn_fail(error, NN_USAGE, "--%s: there is no '%s'%s", nn_part_class_name(class),
                   NN_SHOWN(60, text, length), nn_suggestion(hint, sizeof hint, text, length, names, count));
}

static int bad_key(nn_part_class class, const nn_part_kind *kind, const char *key, nn_error *error)
{
    char names[300] = "";
    size_t used = 0;
    for (const nn_option *o = kind->options; o && o->name; o++)
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", o->name);
    if (!used)
        return nn_fail(error, NN_USAGE, "--%s: %s takes no settings, '%.60s' is one",
                       nn_part_class_name(class), kind->name, key);
    return nn_fail(error, NN_USAGE, "--%s: %s has no setting '%.60s'; it has %s", nn_part_class_name(class),
                   kind->name, key, names);
}

/* key=value, or the value of the first key alone. */
static int set(nn_part *part, nn_part_class class, char *word, nn_error *error)
{
    char *value = strchr(word, '=');
    const nn_option *option = part->kind->options;
    if (value) {
        *value++ = '\0';
        option = option ? nn_option_find(option, word) : NULL;
    }
    if (!option)
        return bad_key(class, part->kind, word, error);
    nn_error why = {0};
    if (nn_option_set(option, part->settings, value ? value : word, &why))
        return nn_fail(error, why.code, "--%s %s: %s", nn_part_class_name(class), part->kind->name,
                       strncmp(why.text, "--", 2) ? why.text : why.text + 2);
    return NN_OK;
}

static int with_defaults(nn_part *part, nn_error *error)
{
    if (!part->kind->size)
        return NN_OK;
    part->settings = calloc(1, part->kind->size);
    if (!part->settings)
        return nn_fail(error, NN_FAILED, "no memory");
    return part->kind->options ? nn_options_default(part->kind->options, part->settings, error) : NN_OK;
}

int nn_part_parse(nn_part *part, nn_part_class class, const char *text, size_t length, nn_error *error)
{
    char word[400];
    size_t end = 0;
    while (end < length && text[end] != ':')
        end++;
    *part = (nn_part){.kind = nn_part_find(class, text, end)};
    if (!part->kind)
        return unknown(class, text, end, error);
    int code = with_defaults(part, error);
    while (!code && end < length) {
        const size_t begin = end + 1;
        end = begin;
        while (end < length && text[end] != ':')
            end++;
        if (end - begin >= sizeof word)
            return nn_fail(error, NN_USAGE, "--%s: '%.60s...' is too long", nn_part_class_name(class),
                           text + begin);
        memcpy(word, text + begin, end - begin);
        word[end - begin] = '\0';
        code = set(part, class, word, error);
    }
    return code;
}

size_t nn_part_print(const nn_part *part, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", part->kind->name);
    for (const nn_option *o = part->kind->options; o && o->name; o++) {
        char value[200];
        if (nn_option_is_default(o, part->settings))
            continue;
        nn_option_get(o, part->settings, value, sizeof value);
        used += (size_t)snprintf(used < size ? text + used : NULL, used < size ? size - used : 0, ":%s=%s",
                                 o->name, value);
    }
    return used;
}

void nn_part_clear(nn_part *part)
{
    if (part->settings && part->kind->options)
        nn_options_clear(part->kind->options, part->settings);
    free(part->settings);
    *part = (nn_part){0};
}

/* --- of layers --- */

static int copy(nn_part *to, const nn_part *from, nn_error *error)
{
    *to = (nn_part){.kind = from->kind};
    if (!from->settings)
        return NN_OK;
    to->settings = calloc(1, from->kind->size);
    if (!to->settings)
        return nn_fail(error, NN_FAILED, "no memory");
    return from->kind->options ? nn_options_copy(from->kind->options, to->settings, from->settings, error)
                               : NN_OK;
}

/* One entry of a list, for the layers from *at on; alone it is for all of them. */
static int entry(nn_part *parts, int layers, int *at, nn_part_class class, const char *text, size_t length,
                 bool alone, nn_error *error)
{
    const char *mark = memchr(text, '@', length);
    char *behind = NULL;
    long count = mark ? strtol(text, &behind, 10) : 0;
    if (mark && (behind != mark || count < 1))
        return nn_fail(error, NN_USAGE, "--%s: '%s' before '@' is no count of layers",
                       nn_part_class_name(class), NN_SHOWN(40, text, mark - text));
    if (mark) {
        length -= (size_t)(mark + 1 - text);
        text = mark + 1;
    } else
        count = alone ? layers : 1;
    if (count < 1 || count > layers - *at)
        return nn_fail(error, NN_USAGE, "--%s: the counts of layers come to more than the %d that there are",
                       nn_part_class_name(class), layers);
    const int first = *at;
    int code = nn_part_parse(&parts[first], class, text, length, error);
    for (*at = first + 1; !code && *at < first + (int)count; (*at)++)
        code = copy(&parts[*at], &parts[first], error);
    return code;
}

int nn_parts_parse(nn_part *parts, int layers, nn_part_class class, const char *text, nn_error *error)
{
    int at = 0, code = NN_OK;
    const bool alone = !strchr(text, ',');
    memset(parts, 0, (size_t)layers * sizeof *parts);
    while (!code && *text) {
        const size_t length = strcspn(text, ",");
        code = entry(parts, layers, &at, class, text, length, alone, error);
        text += length + (text[length] == ',');
    }
    if (!code && at < layers)
        code = nn_fail(error, NN_USAGE, "--%s: the counts of layers come to %d, not to the %d that there are",
                       nn_part_class_name(class), at, layers);
    if (code)
        nn_parts_clear(parts, layers);
    return code;
}

void nn_parts_clear(nn_part *parts, int layers)
{
    for (int i = 0; parts && i < layers; i++)
        nn_part_clear(&parts[i]);
}

char *nn_parts_print(const nn_part *parts, int layers)
{
    enum { SIZE = 4000 };
    char *text = calloc(1, SIZE), part[600];
    size_t used = 0;
    for (int i = 0; text && i < layers;) {
        int n = 0;
        char other[600];
        nn_part_print(&parts[i], part, sizeof part);
        for (; i + n < layers; n++) {
            nn_part_print(&parts[i + n], other, sizeof other);
            if (strcmp(part, other))
                break;
        }
        if (n < layers && used < SIZE)
            used += (size_t)snprintf(text + used, SIZE - used, "%s%d@", i ? "," : "", n);
        if (used < SIZE)
            used += (size_t)snprintf(text + used, SIZE - used, "%s", part);
        i += n;
    }
    return text;
}

/* --- what suits what --- */

int nn_part_suits(const nn_part *part, nn_part_class class, const nn_token_traits *tokens, nn_error *error)
{
    const unsigned flags = nn_part_flags(part);
    const char *name = part->kind->name, *kind = nn_part_class_name(class);
    if ((flags & NN_PART_WHOLE) && tokens->several)
        return nn_fail(error, NN_USAGE,
                       "--%s %s: it makes a grid of the tokens of a sample, and %s, by itself", kind, name,
                       tokens->what);
    if ((flags & NN_PART_FEWER) && tokens->each)
        return nn_fail(error, NN_USAGE,
                       "--%s %s: it gives other tokens than it takes, and %s, read one by one", kind, name,
                       tokens->what);
    if ((flags & NN_PART_ORDER) && !tokens->ordered)
        return nn_fail(error, NN_USAGE,
                       "--%s %s: it needs tokens in an order, and %s; --force-order takes them as they stand",
                       kind, name, tokens->what);
    if ((flags & NN_PART_FIXED) && !tokens->fixed)
        return nn_fail(error, NN_USAGE,
                       "--%s %s: it needs as many tokens in every sequence, and %s, of any number", kind,
                       name, tokens->what);
    if ((flags & NN_PART_COLUMNS) && !tokens->columns)
        return nn_fail(error, NN_USAGE, "--%s %s: it makes a token of every column, and %s", kind, name,
                       tokens->what);
    if ((flags & NN_PART_CALENDAR) && !tokens->calendar)
        return nn_fail(error, NN_USAGE, "--%s %s: it goes by a calendar of rows, and %s", kind, name,
                       tokens->what);
    if ((flags & NN_PART_STACKED) && tokens->cross)
        return nn_fail(error, NN_USAGE, "--%s %s: it places all layers together, and %s, in layers apart",
                       kind, name, tokens->what);
    if ((class == NN_PART_MIXER || class == NN_PART_LAYOUT) && tokens->cross && !(flags & NN_PART_CROSS))
        return nn_fail(error, NN_USAGE, "--%s %s: it cannot take up other tokens, as a decoder has to; %s",
                       kind, name, tokens->what);
    if (class == NN_PART_MIXER && tokens->causal && !(flags & NN_PART_CAUSAL))
        return nn_fail(error, NN_USAGE, "--%s %s: it looks ahead, which %s may not", kind, name,
                       tokens->what);
    return NN_OK;
}

int nn_part_serves(const nn_part *mixer, const nn_part *layout, nn_error *error)
{
    if ((nn_part_flags(layout) & NN_PART_CROSSES) && !(nn_part_flags(mixer) & NN_PART_CROSS))
        return nn_fail(error, NN_USAGE,
                       "--layout %s: its branches take up each other's tokens, which --mixer %s cannot",
                       layout->kind->name, mixer->kind->name);
    if ((nn_part_flags(layout) & NN_PART_CUTS) && (nn_part_flags(mixer) & NN_PART_WHOLE))
        return nn_fail(error, NN_USAGE, "--layout %s: it cuts the tokens that --mixer %s makes a grid of",
                       layout->kind->name, mixer->kind->name);
    return NN_OK;
}
