/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layers of a trained network with what can be left out of each. */
#include "forecast/compress/modules.h"

#include "forecast/compress/rebuild.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- settings --- */

static int number_of(const nn_option *table, const void *record, const char *name)
{
    const nn_option *option = nn_option_find(table, name);
    char text[32] = "0";
    if (option)
        nn_option_get(option, record, text, sizeof text);
    return atoi(text);
}

int fc_module_number(const nn_part *part, const char *name, int value, nn_error *error)
{
    char text[32];
    snprintf(text, sizeof text, "%d", value);
    return nn_option_set(nn_option_find(part->kind->options, name), part->settings, text, error);
}

static bool has(const nn_part *part, const char *name)
{
    return part->kind && part->kind->options && nn_option_find(part->kind->options, name);
}

int fc_module_setting(fc_model *model, const char *name, const nn_part *parts, int count, nn_error *error)
{
    char *text = nn_parts_print(parts, count);
    const int code =
        text ? nn_option_set(nn_option_find(model->kind->options, name), model->config, text, error)
             : nn_no_memory(error);
    free(text);
    return code;
}

static char *text_of(const fc_model *model, const char *name)
{
    const nn_option *option = nn_option_find(model->kind->options, name);
    const int length = option ? nn_option_get(option, model->config, NULL, 0) : -1;
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text)
        nn_option_get(option, model->config, text, (size_t)length + 1);
    return text;
}

int fc_modules_restore(const fc_modules *m, fc_model *model, nn_error *error)
{
    int code =
        nn_option_set(nn_option_find(model->kind->options, "mixer"), model->config, m->mixer_text, error);
    if (!code)
        code = nn_option_set(nn_option_find(model->kind->options, "ffn"), model->config, m->ffn_text, error);
    return code;
}

/* --- which dimensions are whose --- */

/* The dimensions of which a parameter has other sizes than in the whole network. */
static int differing(const nn_param *a, const nn_param *b, int axes[NN_MAX_RANK])
{
    int count = 0;
    for (int k = 0; k < a->rank; k++)
        if (a->shape[k] != b->shape[k])
            axes[count++] = k;
    return count;
}

static int note_axis(fc_modules *m, fc_module_axis axis, nn_error *error)
{
    fc_module_axis *all = realloc(m->axes, ((size_t)m->axis_count + 1) * sizeof *all);
    if (!all)
        return nn_no_memory(error);
    m->axes = all;
    m->axes[m->axis_count++] = axis;
    return NN_OK;
}

/* Of a network with one head of one column: what its heads are made of. Sets the width of a head. */
static int compare_heads(fc_modules *m, const nn_params *other, int layer, int heads, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < m->whole->count && !code; i++) {
        const nn_param *a = &m->whole->table[i], *b = nn_params_find(other, a->name);
        int axes[NN_MAX_RANK];
        const int count = b && b->rank == a->rank ? differing(a, b, axes) : 0;
        if (!count)
            continue;
        const int all = a->shape[axes[0]];
        if (count > 2 || all % heads || (count == 2 && all != heads))
            return nn_fail(error, NN_USAGE, "its heads do not stand side by side");
        const int width = count == 2 ? a->shape[axes[1]] : all / heads;
        m->width[layer] = width > m->width[layer] ? width : m->width[layer];
        code = note_axis(m, (fc_module_axis){i, axes[0], layer, true, count == 2 ? 1 : all / heads}, error);
    }
    return code;
}

static int compare_hidden(fc_modules *m, const nn_params *other, int layer, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < m->whole->count && !code; i++) {
        const nn_param *a = &m->whole->table[i], *b = nn_params_find(other, a->name);
        int axes[NN_MAX_RANK];
        const int count = b && b->rank == a->rank ? differing(a, b, axes) : 0;
        if (!count)
            continue;
        const int units = a->shape[axes[0]];
        if (count > 1 || (m->hidden[layer] && units != m->hidden[layer]))
            return nn_fail(error, NN_USAGE, "its hidden units do not stand side by side");
        m->hidden[layer] = units;
        code = note_axis(m, (fc_module_axis){i, axes[0], layer, false, 1}, error);
    }
    return code;
}

/* The network with one part of one layer changed, for its shapes. */
static int probe(nn_params **shapes, fc_modules *m, fc_model *model, nn_error *error)
{
    int code = fc_module_setting(model, "mixer", m->mixers, m->count, error);
    if (!code)
        code = fc_module_setting(model, "ffn", m->ffns, m->count, error);
    if (!code)
        code = fc_rebuild_shapes(shapes, model, NULL, 0, error);
    return code;
}

/* What cannot be counted is left whole. */
static int find_heads(fc_modules *m, fc_model *model, int layer)
{
    nn_part *part = &m->mixers[layer];
    nn_error unseen = {0};
    nn_params *shapes = NULL;
    const int begin = m->axis_count;
    if (!has(part, "h") || !has(part, "dk"))
        return 0;
    const int h = number_of(part->kind->options, part->settings, "h"),
              dk = number_of(part->kind->options, part->settings, "dk"),
              heads = h ? h : number_of(model->kind->options, model->config, "heads");
    int code = heads > 0 ? fc_module_number(part, "h", 1, &unseen) : NN_USAGE;
    if (!code)
        code = fc_module_number(part, "dk", 1, &unseen);
    if (!code)
        code = probe(&shapes, m, model, &unseen);
    if (!code)
        code = compare_heads(m, shapes, layer, heads, &unseen);
    nn_params_free(shapes);
    if (heads > 0 && (fc_module_number(part, "h", h, &unseen) || fc_module_number(part, "dk", dk, &unseen)))
        code = NN_FAILED;
    if (code)
        m->axis_count = begin;
    return code || !m->width[layer] ? 0 : heads;
}

static void find_hidden(fc_modules *m, fc_model *model, int layer)
{
    nn_part *part = &m->ffns[layer];
    nn_error unseen = {0};
    nn_params *shapes = NULL;
    const int begin = m->axis_count;
    if (!has(part, "hidden"))
        return;
    const int own = number_of(part->kind->options, part->settings, "hidden");
    int code = fc_module_number(part, "hidden", 1, &unseen);
    if (!code)
        code = probe(&shapes, m, model, &unseen);
    if (!code)
        code = compare_hidden(m, shapes, layer, &unseen);
    nn_params_free(shapes);
    if (fc_module_number(part, "hidden", own, &unseen))
        code = NN_FAILED;
    if (code) {
        m->axis_count = begin;
        m->hidden[layer] = 0;
    }
}

/* --- how much they matter --- */

/* The product, over the matrices that have such a dimension, of the roots of the sums of squares of what
 * stands at the index-th `size` of it. */
static double weight_of(const fc_modules *m, int layer, bool heads, int index, int size)
{
    double product = 1;
    for (int i = 0; i < m->axis_count; i++) {
        const fc_module_axis *x = &m->axes[i];
        const nn_param *p = &m->whole->table[x->param];
        if (x->layer != layer || x->heads != heads || p->rank < 2)
            continue;
        size_t inner = 1;
        for (int k = x->axis + 1; k < p->rank; k++)
            inner *= (size_t)p->shape[k];
        const size_t length = (size_t)p->shape[x->axis], step = (size_t)(size * x->unit);
        double sum = 0;
        for (size_t e = 0; e < p->count; e++)
            if (e / inner % length / step == (size_t)index) {
                const double w = (double)m->whole->data[p->offset + e];
                sum += w * w;
            }
        product *= sqrt(sum);
    }
    return product;
}

static int make_cut(fc_modules *m, int layer, int heads, int groups, nn_error *error)
{
    fc_layer_cut *cut = &m->cut[layer];
    const int units = m->hidden[layer];
    cut->mixes = strcmp(m->mixers[layer].kind->name, "none") != 0;
    cut->feeds = strcmp(m->ffns[layer].kind->name, "none") != 0;
    cut->heads = heads;
    m->group[layer] = units ? (units + groups - 1) / groups : 1;
    cut->groups = units ? (units + m->group[layer] - 1) / m->group[layer] : 0;
    cut->head_weight = calloc((size_t)heads + 1, sizeof(double));
    cut->head_gone = calloc((size_t)heads + 1, 1);
    cut->group_weight = calloc((size_t)cut->groups + 1, sizeof(double));
    cut->group_gone = calloc((size_t)cut->groups + 1, 1);
    if (!cut->head_weight || !cut->head_gone || !cut->group_weight || !cut->group_gone)
        return nn_no_memory(error);
    for (int i = 0; i < heads; i++)
        cut->head_weight[i] = weight_of(m, layer, true, i, 1);
    for (int i = 0; i < cut->groups; i++)
        cut->group_weight[i] = weight_of(m, layer, false, i, m->group[layer]);
    return NN_OK;
}

int fc_modules_open(fc_modules *m, fc_model *model, int groups, nn_error *error)
{
    const nn_option *options = model->kind->options;
    *m = (fc_modules){.whole = model->params};
    const int layers = nn_option_find(options, "layers") ? number_of(options, model->config, "layers")
                                                         : number_of(options, model->config, "blocks");
    if (!nn_option_find(options, "mixer") || layers < 1 || layers > FC_MOST_MODULES)
        return nn_fail(error, NN_USAGE, "%s has no layers of mixers and feed-forwards", model->kind->name);
    m->mixer_text = text_of(model, "mixer");
    m->ffn_text = text_of(model, "ffn");
    int code = m->mixer_text && m->ffn_text ? NN_OK : nn_no_memory(error);
    if (!code)
        code = nn_parts_parse(m->mixers, layers, NN_PART_MIXER, m->mixer_text, error);
    if (!code)
        code = nn_parts_parse(m->ffns, layers, NN_PART_FFN, m->ffn_text, error);
    m->count = code ? 0 : layers;
    for (int i = 0; i < m->count && !code; i++) {
        const int heads = find_heads(m, model, i);
        find_hidden(m, model, i);
        code = make_cut(m, i, heads, groups, error);
    }
    if (m->count && fc_modules_restore(m, model, error))
        return NN_FAILED;
    return code;
}

void fc_modules_clear(fc_modules *m)
{
    nn_parts_clear(m->mixers, FC_MOST_MODULES);
    nn_parts_clear(m->ffns, FC_MOST_MODULES);
    for (int i = 0; i < m->count; i++)
        fc_layer_cut_clear(&m->cut[i]);
    free(m->axes);
    free(m->mixer_text);
    free(m->ffn_text);
    *m = (fc_modules){0};
}
