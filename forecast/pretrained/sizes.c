/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings that a published network comes with, config.json. */
#include "forecast/pretrained/pretrained.h"

#include "lib/files/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const fc_pretrained_kind *const kinds[] = {&fc_pretrained_bolt, &fc_pretrained_two};
enum { KINDS = sizeof kinds / sizeof *kinds };

const fc_pretrained_kind *fc_pretrained_find(const char *name)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

/* --- one setting --- */

typedef struct source {
    const json_t *object;
    const char *path, *within; /* within: what the object is called in messages, with a dot; "" */
    nn_error *error;
    int code; /* of the first error, which stays */
} source;

static void refuse(source *s, const char *key, const char *wanted)
{
    char found[80] = "nothing";
    const json_t *value = json_object_get(s->object, key);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (text)
        snprintf(found, sizeof found, "%s", text);
    free(text);
    s->code = nn_fail(s->error, NN_BAD_DATA, "%s: '%s%s' is %s; expected %s", s->path, s->within, key, found,
                      wanted);
}

/* fallback < 0: it must be there. */
static int whole(source *s, const char *key, int fallback, int least, int most)
{
    const json_t *value = json_object_get(s->object, key);
    char wanted[60];
    if (s->code)
        return least;
    if ((!value || json_is_null(value)) && fallback >= 0)
        return fallback;
    const json_int_t n = json_is_integer(value) ? json_integer_value(value) : (json_int_t)least - 1;
    snprintf(wanted, sizeof wanted, "a whole number from %d to %d", least, most);
    if (n < least || n > most)
        refuse(s, key, wanted);
    return s->code ? least : (int)n;
}

static double real(source *s, const char *key, double fallback, double least, double most)
{
    const json_t *value = json_object_get(s->object, key);
    char wanted[60];
    if (s->code || !value || json_is_null(value))
        return fallback;
    const double x = json_is_number(value) ? json_number_value(value) : NAN;
    snprintf(wanted, sizeof wanted, "a number from %g to %g", least, most);
    if (!(x >= least && x <= most))
        refuse(s, key, wanted);
    return x;
}

static bool flag(source *s, const char *key)
{
    const json_t *value = json_object_get(s->object, key);
    if (!s->code && value && !json_is_boolean(value))
        refuse(s, key, "true or false");
    return json_is_true(value);
}

static void read_activation(fc_pretrained_sizes *sizes, source *s)
{
    const char *name = json_string_value(json_object_get(s->object, "dense_act_fn")),
               *form = json_string_value(json_object_get(s->object, "feed_forward_proj"));
    name = name ? name : form ? form : "relu";
    sizes->activation = strcmp(name, "gelu") == 0 ? NN_GELU : NN_RELU;
    if (!s->code && strcmp(name, "gelu") != 0 && strcmp(name, "relu") != 0)
        refuse(s, "dense_act_fn", "relu or gelu");
    if (!s->code && form && strncmp(form, "gated", 5) == 0)
        refuse(s, "feed_forward_proj", "a feed-forward without a gate");
}

static void read_levels(fc_pretrained_sizes *sizes, source *s)
{
    const json_t *levels = json_object_get(s->object, "quantiles");
    const size_t count = json_array_size(levels);
    bool fine = count >= 1 && count <= FC_PRETRAINED_LEVELS, median = false;
    for (size_t i = 0; i < count && fine && !s->code; i++) {
        const double level = json_number_value(json_array_get(levels, i));
        fine = level > (i ? sizes->level[i - 1] : 0) && level < 1;
        sizes->level[i] = level;
        median = median || level == 0.5;
    }
    sizes->levels = (int)count;
    if (!s->code && (!fine || !median))
        refuse(s, "quantiles", "1 to 99 rising numbers between 0 and 1, and 0.5 among them");
}

/* --- all of them --- */

/* What rows of a series become, and what comes of them. */
static void read_patches(fc_pretrained_sizes *sizes, const fc_pretrained_kind *kind, source *s)
{
    sizes->context = whole(s, "context_length", -1, 1, 1 << 20);
    sizes->patch = whole(s, "input_patch_size", -1, 1, 4096);
    sizes->stride = whole(s, "input_patch_stride", sizes->patch, 1, 4096);
    sizes->reg_token = flag(s, "use_reg_token") ? 0 : -1;
    sizes->arcsinh = flag(s, "use_arcsinh");
    read_levels(sizes, s);
    sizes->most_ahead = 1;
    sizes->time_scale = 1;
    if (!kind->joint) {
        sizes->block = whole(s, "prediction_length", -1, 1, 1 << 16);
        return;
    }
    sizes->block = whole(s, "output_patch_size", -1, 1, 4096);
    sizes->most_ahead = whole(s, "max_output_patches", 1, 1, 4096);
    sizes->time_scale = whole(s, "time_encoding_scale", sizes->context, 1, 1 << 30);
    if (!s->code && (sizes->block != sizes->patch || sizes->stride != sizes->patch))
        refuse(s, "input_patch_size", "what output_patch_size and input_patch_stride are");
}

static void read_widths(fc_pretrained_sizes *sizes, const fc_pretrained_kind *kind, source *s)
{
    sizes->d_model = whole(s, "d_model", -1, 1, 65536);
    sizes->d_kv = whole(s, "d_kv", -1, 1, 4096);
    sizes->d_ff = whole(s, "d_ff", -1, 1, 1 << 20);
    sizes->heads = whole(s, "num_heads", -1, 1, 4096);
    sizes->layers = whole(s, "num_layers", -1, 1, 1024);
    sizes->epsilon = real(s, "layer_norm_epsilon", 1e-6, 0, 1);
    sizes->dropout = real(s, "dropout_rate", 0.1, 0, 0.95);
    read_activation(sizes, s);
    if (kind->joint) {
        sizes->theta = real(s, "rope_theta", 10000, 1, 1e12);
        if (!s->code && sizes->d_kv % 2)
            refuse(s, "d_kv", "an even number");
        return;
    }
    sizes->decoder_layers = whole(s, "num_decoder_layers", sizes->layers, 1, 1024);
    sizes->buckets = whole(s, "relative_attention_num_buckets", 32, 4, 65536);
    sizes->distance = whole(s, "relative_attention_max_distance", 128, sizes->buckets / 2 + 1, 1 << 24);
    sizes->start_token = whole(s, "decoder_start_token_id", 0, 0, 1);
}

static const fc_pretrained_kind *kind_of(const json_t *object, const char **said)
{
    *said = json_string_value(json_array_get(json_object_get(object, "architectures"), 0));
    for (int i = 0; i < KINDS && *said; i++)
        if (strcmp(kinds[i]->architecture, *said) == 0)
            return kinds[i];
    return NULL;
}

int fc_pretrained_sizes_read(fc_pretrained_sizes *sizes, const fc_pretrained_kind **out, const json_t *object,
                             const char *path, nn_error *error)
{
    const char *said;
    const fc_pretrained_kind *kind = *out = kind_of(object, &said);
    if (!kind)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: 'architectures' is '%.100s'; %s (Chronos-Bolt) and %s (Chronos-2) are known here",
                       path, said ? said : "nothing", kinds[0]->architecture, kinds[1]->architecture);
    *sizes = (fc_pretrained_sizes){0};
    source rows = {json_object_get(object, "chronos_config"), path, "chronos_config.", error, 0},
           widths = {object, path, "", error, 0};
    if (!json_is_object(rows.object))
        refuse(&widths, "chronos_config", "an object");
    else
        read_patches(sizes, kind, &rows);
    widths.code = widths.code ? widths.code : rows.code;
    read_widths(sizes, kind, &widths);
    sizes->tokens = sizes->reg_token >= 0 ? 2 : 1; /* as its code has it, whatever vocab_size says */
    sizes->reg_token += sizes->reg_token >= 0;
    if (!widths.code && sizes->start_token >= sizes->tokens)
        refuse(&widths, "decoder_start_token_id", "0");
    return widths.code;
}

static void set_whole(json_t *object, const char *key, int value)
{
    nn_json_set(object, key, json_integer(value));
}

json_t *fc_pretrained_sizes_json(const fc_pretrained_sizes *sizes, const fc_pretrained_kind *kind)
{
    json_t *object = json_object(), *rows = json_object(), *names = json_array();
    nn_json_append(names, nn_json_text(kind->architecture));
    nn_json_set(object, "architectures", names);
    set_whole(rows, "context_length", sizes->context);
    set_whole(rows, "input_patch_size", sizes->patch);
    set_whole(rows, "input_patch_stride", sizes->stride);
    nn_json_set(rows, "use_reg_token", json_boolean(sizes->reg_token >= 0));
    nn_json_set(rows, "use_arcsinh", json_boolean(sizes->arcsinh));
    nn_json_set(rows, "quantiles", nn_json_reals(sizes->level, (size_t)sizes->levels));
    set_whole(rows, kind->joint ? "output_patch_size" : "prediction_length", sizes->block);
    if (kind->joint) {
        set_whole(rows, "max_output_patches", sizes->most_ahead);
        set_whole(rows, "time_encoding_scale", sizes->time_scale);
    }
    nn_json_set(object, "chronos_config", rows);
    set_whole(object, "d_model", sizes->d_model);
    set_whole(object, "d_kv", sizes->d_kv);
    set_whole(object, "d_ff", sizes->d_ff);
    set_whole(object, "num_heads", sizes->heads);
    set_whole(object, "num_layers", sizes->layers);
    nn_json_set(object, "layer_norm_epsilon", nn_json_real(sizes->epsilon));
    nn_json_set(object, "dropout_rate", nn_json_real(sizes->dropout));
    nn_json_set(object, "dense_act_fn", nn_json_text(sizes->activation == NN_GELU ? "gelu" : "relu"));
    if (kind->joint) {
        nn_json_set(object, "rope_theta", nn_json_real(sizes->theta));
        return object;
    }
    set_whole(object, "num_decoder_layers", sizes->decoder_layers);
    set_whole(object, "relative_attention_num_buckets", sizes->buckets);
    set_whole(object, "relative_attention_max_distance", sizes->distance);
    set_whole(object, "decoder_start_token_id", sizes->start_token);
    return object;
}
