/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws networks from the lists of parts, by counters alone, so that a seed gives one list. */
#include "forecast/search/space.h"

#include "lib/base/random.h"
#include "lib/parts/part.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DRAWS = 400, TEXT = 240 };
/* How often a class stays as it was, and how often a part's setting does, or layers are of one kind. */
static const double keeps_mixer = 0.1, keeps_ffn = 0.4, keeps_place = 0.6, keeps_key = 0.7, one_kind = 0.7;

/* --- what a kind takes --- */

static const nn_option *option_of(const fc_kind *kind, nn_part_class class)
{
    const nn_option *option = nn_option_find(kind->options, nn_part_class_name(class));
    return option && option->type == NN_TEXT && option->value && strcmp(option->value, "PART") == 0 ? option
                                                                                                    : NULL;
}

bool fc_space_has_parts(const fc_kind *kind)
{
    return kind->options && option_of(kind, NN_PART_MIXER);
}

static int layers_of(const fc_kind *kind, const void *config)
{
    const nn_option *option = nn_option_find(kind->options, "layers");
    if (!option)
        option = nn_option_find(kind->options, "blocks");
    return option ? *(const int *)((const char *)config + option->offset) : 1;
}

/* --- one part --- */

typedef struct draw {
    uint64_t key, counter;
    char text[TEXT];
    size_t used;
} draw;

static double uniform(draw *d)
{
    return nn_random_uniform(d->key, d->counter++);
}

static int below(draw *d, int n)
{
    return (int)(uniform(d) * n);
}

__attribute__((format(printf, 2, 3))) static void write_text(draw *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (d->used < sizeof d->text)
        d->used += (size_t)vsnprintf(d->text + d->used, sizeof d->text - d->used, format, arguments);
    va_end(arguments);
}

/* Half or twice the default, odd where that is. */
static void draw_number(draw *d, const nn_option *o)
{
    const int usual = atoi(o->fallback), odd = usual % 2;
    int value = uniform(d) < 0.5 ? usual / 2 : 2 * usual;
    value += odd && value % 2 == 0;
    if (value > o->most)
        value = (int)o->most;
    if (value >= o->least && value != usual)
        write_text(d, ":%s=%d", o->name, value);
}

static void draw_word(draw *d, const nn_option *o)
{
    int words = 1;
    for (const char *c = o->value; *c; c++)
        words += *c == '|';
    const char *word = o->value;
    for (int i = below(d, words); i > 0; i--)
        word = strchr(word, '|') + 1;
    const size_t length = strcspn(word, "|");
    if (strncmp(word, o->fallback, length) != 0 || o->fallback[length])
        write_text(d, ":%s=%.*s", o->name, (int)length, word);
}

static void draw_key(draw *d, const nn_option *o)
{
    const bool sized = strcmp(o->name, "hidden") == 0 || strcmp(o->name, "slice") == 0; /* not ours to set */
    if (sized || !o->fallback || uniform(d) < keeps_key)
        return;
    if (o->type == NN_CHOICE)
        draw_word(d, o);
    else if (o->type == NN_INT && o->least >= 0 && o->most == 1)
        write_text(d, ":%s=%d", o->name, atoi(o->fallback) ? 0 : 1);
    else if (o->type == NN_INT && atoi(o->fallback) > 0)
        draw_number(d, o);
}

static void draw_part(draw *d, nn_part_class class)
{
    int kinds = 0;
    while (nn_part_at(class, kinds))
        kinds++;
    const nn_part_kind *kind = nn_part_at(class, below(d, kinds));
    write_text(d, "%s", kind->name);
    for (const nn_option *o = kind->options; o && o->name; o++)
        draw_key(d, o);
}

static void draw_parts(draw *d, nn_part_class class, int layers)
{
    const bool layered = class == NN_PART_MIXER || class == NN_PART_FFN;
    if (!layered || layers < 2 || uniform(d) < one_kind) {
        draw_part(d, class);
        return;
    }
    const int first = 1 + below(d, layers - 1);
    write_text(d, "%d@", first);
    draw_part(d, class);
    write_text(d, ",%d@", layers - first);
    draw_part(d, class);
}

static double keeps(nn_part_class class)
{
    return class == NN_PART_MIXER ? keeps_mixer : class == NN_PART_FFN ? keeps_ffn : keeps_place;
}

/* --- a network --- */

static int copy_config(void **config, const fc_request *request, nn_error *error)
{
    const int code = fc_kind_config(config, request->kind, error);
    return code ? code : nn_options_copy(request->kind->options, *config, request->config, error);
}

void fc_candidate_clear(fc_candidate *c, const fc_kind *kind)
{
    fc_kind_config_free(c->config, kind);
    free(c->parts);
    *c = (fc_candidate){0};
}

static int draw_config(void *config, const fc_kind *kind, uint64_t key, nn_error *error)
{
    draw d = {.key = key};
    int code = NN_OK;
    for (int class = 0; class < NN_PART_CLASSES && !code; class ++) {
        const nn_option *option = option_of(kind, (nn_part_class) class);
        if (!option || uniform(&d) < keeps((nn_part_class) class))
            continue;
        d.used = 0;
        draw_parts(&d, (nn_part_class) class, layers_of(kind, config));
        code = d.used < sizeof d.text ? nn_option_set(option, config, d.text, error)
                                      : nn_fail(error, NN_USAGE, "a part is too long");
    }
    return code;
}

/* What differs from the request's settings, in the one spelling that a model's file has. */
static int spell(char **text, const fc_request *request, const void *config, nn_error *error)
{
    fc_request own = *request;
    fc_model *model = NULL;
    own.config = config;
    own.shapes = true;
    char value[TEXT], usual[TEXT];
    size_t size = 0;
    FILE *stream = open_memstream(text, &size);
    int code = stream ? fc_model_new(&model, &own, error) : nn_no_memory(error);
    for (int class = 0; class < NN_PART_CLASSES && !code; class ++) {
        const nn_option *option = option_of(request->kind, (nn_part_class) class);
        if (!option)
            continue;
        nn_option_get(option, model->config, value, sizeof value);
        nn_option_get(option, request->config, usual, sizeof usual);
        if (*value && strcmp(value, usual) != 0)
            fprintf(stream, "%s--%s %s", ftell(stream) > 0 ? " " : "", option->name, value);
    }
    fc_model_free(model);
    if (stream && fclose(stream))
        code = code ? code : nn_no_memory(error);
    return code;
}

int fc_candidate_given(fc_candidate *c, const fc_space *space, nn_error *error)
{
    *c = (fc_candidate){0};
    int code = copy_config(&c->config, space->request, error);
    if (!code && !(c->parts = strdup("")))
        code = nn_no_memory(error);
    return code ? code : fc_cost_of_config(&c->cost, space->request, c->config, error);
}

static bool is_among(const fc_candidate *c, const fc_candidate *others, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(others[i].parts, c->parts) == 0)
            return true;
    return false;
}

/* NN_OK: a candidate; NN_USAGE: this draw is none. */
static int attempt(fc_candidate *c, const fc_space *space, const fc_candidate *others, int count,
                   uint64_t key, fc_refusals *refusals, nn_error *error)
{
    nn_error why = {0};
    fc_cost first;
    int *reason = &refusals->parts;
    int code = copy_config(&c->config, space->request, error);
    if (code)
        return code;
    code = draw_config(c->config, space->request->kind, key, &why);
    if (!code)
        code = fc_cost_of_config(&first, space->request, c->config, &why);
    if (!code && !(code = spell(&c->parts, space->request, c->config, &why)) && is_among(c, others, count)) {
        reason = &refusals->twice;
        code = NN_USAGE;
    }
    if (!code) {
        reason = &refusals->parameters;
        code = fc_size_to(c->config, space->request, space->parameters, FC_SPACE_TOLERANCE, &c->cost, &why);
    }
    if (!code && c->cost.macs > space->most_macs) {
        reason = &refusals->macs;
        code = NN_USAGE;
    }
    if (code == NN_USAGE)
        ++*reason;
    else if (code)
        nn_fail(error, code, "%s", why.text);
    return code;
}

int fc_candidate_draw(fc_candidate *c, const fc_space *space, const fc_candidate *others, int count,
                      uint64_t *number, fc_refusals *refusals, nn_error *error)
{
    int code = NN_USAGE;
    *c = (fc_candidate){0};
    for (int i = 0; i < MOST_DRAWS && code == NN_USAGE; i++) {
        fc_candidate_clear(c, space->request->kind);
        code = attempt(c, space, others, count, nn_random(space->seed, (*number)++), refusals, error);
    }
    return code == NN_USAGE
               ? nn_fail(error, NN_USAGE, "%d draws gave no further network within the limits", MOST_DRAWS)
               : code;
}
