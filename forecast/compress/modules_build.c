/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network without what was left out of its layers: settings, and the values that are left. */
#include "forecast/compress/modules.h"

#include "forecast/compress/rebuild.h"

#include <stdlib.h>
#include <string.h>

/* --- settings --- */

static int copy_part(nn_part *to, nn_part_class class, const nn_part *from, nn_error *error)
{
    const size_t length = nn_part_print(from, NULL, 0);
    char *text = malloc(length + 1);
    if (!text)
        return nn_no_memory(error);
    nn_part_print(from, text, length + 1);
    const int code = nn_part_parse(to, class, text, length, error);
    free(text);
    return code;
}

static int left(const uint8_t *gone, int count)
{
    int n = count;
    for (int i = 0; i < count; i++)
        n -= gone[i];
    return n;
}

static int units_left(const fc_modules *m, const fc_layer_cut *cut, int layer)
{
    int n = 0;
    for (int i = 0; i < m->hidden[layer]; i++)
        n += !cut->group_gone[i / m->group[layer]];
    return n;
}

static int mixer_left(nn_part *to, const fc_modules *m, const fc_layer_cut *cut, int layer, nn_error *error)
{
    if (cut->mixer_gone)
        return nn_part_parse(to, NN_PART_MIXER, "none", 4, error);
    int code = copy_part(to, NN_PART_MIXER, &m->mixers[layer], error);
    const int heads = left(cut->head_gone, cut->heads);
    if (code || heads == cut->heads)
        return code;
    code = fc_module_number(to, "h", heads, error);
    return code ? code : fc_module_number(to, "dk", m->width[layer], error);
}

static int ffn_left(nn_part *to, const fc_modules *m, const fc_layer_cut *cut, int layer, nn_error *error)
{
    if (cut->ffn_gone)
        return nn_part_parse(to, NN_PART_FFN, "none", 4, error);
    const int code = copy_part(to, NN_PART_FFN, &m->ffns[layer], error), units = units_left(m, cut, layer);
    return code || units == m->hidden[layer] ? code : fc_module_number(to, "hidden", units, error);
}

/* The lists as the model's settings, unless they could not be made; clears them. */
static int set_parts(fc_model *model, nn_part *mixers, nn_part *ffns, int count, int code, nn_error *error)
{
    if (!code)
        code = fc_module_setting(model, "mixer", mixers, count, error);
    if (!code)
        code = fc_module_setting(model, "ffn", ffns, count, error);
    nn_parts_clear(mixers, count);
    nn_parts_clear(ffns, count);
    return code;
}

static int put_settings(const fc_modules *m, const fc_layer_cut *layers, fc_model *model, nn_error *error)
{
    nn_part mixers[FC_MOST_MODULES] = {{0}}, ffns[FC_MOST_MODULES] = {{0}};
    int code = NN_OK;
    for (int i = 0; i < m->count && !code; i++) {
        code = mixer_left(&mixers[i], m, &layers[i], i, error);
        if (!code)
            code = ffn_left(&ffns[i], m, &layers[i], i, error);
    }
    return set_parts(model, mixers, ffns, m->count, code, error);
}

int fc_modules_explicit(const fc_modules *m, fc_model *model, nn_error *error)
{
    nn_part mixers[FC_MOST_MODULES] = {{0}}, ffns[FC_MOST_MODULES] = {{0}};
    int code = NN_OK;
    for (int i = 0; i < m->count && !code; i++) {
        code = copy_part(&mixers[i], NN_PART_MIXER, &m->mixers[i], error);
        if (!code)
            code = copy_part(&ffns[i], NN_PART_FFN, &m->ffns[i], error);
        if (!code && m->cut[i].heads)
            code = fc_module_number(&mixers[i], "h", m->cut[i].heads, error);
        if (!code && m->cut[i].heads)
            code = fc_module_number(&mixers[i], "dk", m->width[i], error);
        if (!code && m->hidden[i])
            code = fc_module_number(&ffns[i], "hidden", m->hidden[i], error);
    }
    return set_parts(model, mixers, ffns, m->count, code, error);
}

/* --- values --- */

typedef struct filling {
    const fc_modules *m;
    const fc_layer_cut *layers;
} filling;

/* Whether what stands at a place of a dimension is left. */
static bool is_left(const filling *f, const fc_module_axis *axis, int place)
{
    const fc_layer_cut *cut = &f->layers[axis->layer];
    return axis->heads ? !cut->head_gone[place / axis->unit]
                       : !cut->group_gone[place / f->m->group[axis->layer]];
}

/* For each place of a dimension that is left, the place that it had; malloced, NULL without memory or where
 * it does not come to `count`. */
static int *places(const filling *f, int param, int axis, int before, int count)
{
    const fc_module_axis *own = NULL;
    for (int i = 0; i < f->m->axis_count; i++)
        if (f->m->axes[i].param == param && f->m->axes[i].axis == axis)
            own = &f->m->axes[i];
    int *place = malloc(((size_t)before + 1) * sizeof *place), n = 0;
    for (int k = 0; place && k < before; k++)
        if (!own || is_left(f, own, k))
            place[n++] = k;
    if (place && n == count)
        return place;
    free(place);
    return NULL;
}

static void gather(nn_real *to, const nn_real *from, const nn_param *p, const nn_param *old,
                   int *const place[NN_MAX_RANK])
{
    for (size_t e = 0; e < p->count; e++) {
        size_t rest = e, at = 0, stride = 1;
        for (int k = p->rank - 1; k >= 0; k--) {
            at += stride * (size_t)place[k][rest % (size_t)p->shape[k]];
            rest /= (size_t)p->shape[k];
            stride *= (size_t)old->shape[k];
        }
        to[e] = from[at];
    }
}

static int fill(void *context, const nn_param *p, nn_real *values, nn_error *error)
{
    const filling *f = context;
    const nn_params *whole = f->m->whole;
    const nn_param *old = nn_params_find(whole, p->name);
    int *place[NN_MAX_RANK] = {NULL};
    bool good = old && old->rank == p->rank;
    for (int k = 0; good && k < p->rank; k++)
        good = (place[k] = places(f, (int)(old - whole->table), k, old->shape[k], p->shape[k])) != NULL;
    if (good)
        gather(values, whole->data + old->offset, p, old, place);
    for (int k = 0; k < NN_MAX_RANK; k++)
        free(place[k]);
    return good ? NN_OK
                : nn_fail(error, NN_USAGE, "the network without it has a parameter %s of another form",
                          p->name);
}

int fc_modules_build(nn_params **params, const fc_modules *m, const fc_layer_cut *layers, fc_model *model,
                     nn_error *error)
{
    *params = NULL;
    filling f = {m, layers};
    const int code = put_settings(m, layers, model, error);
    return code ? code : fc_rebuild(params, model, NULL, 0, fill, &f, error);
}

int fc_modules_narrow(fc_modules *m, int layer, const char *text, int units, nn_error *error)
{
    fc_layer_cut *cut = &m->cut[layer];
    nn_part part = {0};
    if (units < 1 || units > m->hidden[layer])
        return nn_fail(error, NN_USAGE, "%d of the %d hidden units of layer %d are none of its slices", units,
                       m->hidden[layer], layer + 1);
    m->group[layer] = units;
    cut->groups = (m->hidden[layer] + units - 1) / units;
    free(cut->group_gone);
    if (!(cut->group_gone = malloc((size_t)cut->groups)))
        return nn_no_memory(error);
    memset(cut->group_gone, 1, (size_t)cut->groups);
    cut->group_gone[0] = 0;
    int code = nn_part_parse(&part, NN_PART_FFN, text, strlen(text), error);
    if (code)
        return code;
    char own[32];
    nn_option_get(nn_option_find(m->ffns[layer].kind->options, "hidden"), m->ffns[layer].settings, own,
                  sizeof own);
    code = nn_option_set(nn_option_find(part.kind->options, "hidden"), part.settings, own, error);
    nn_part_clear(&m->ffns[layer]);
    m->ffns[layer] = part;
    return code;
}
