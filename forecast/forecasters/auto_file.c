/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model's file holds of a choice. */
#include "forecast/forecasters/auto_state.h"

void fc_auto_write(json_t *object, const void *state)
{
    const fc_auto_state *s = state;
    json_t *all = json_array();
    for (int i = 0; i < s->count; i++) {
        json_t *parts = json_array();
        for (int p = 0; p < s->entry[i].parts; p++) {
            json_t *part = json_object();
            nn_json_set(part, "share", nn_json_real(s->entry[i].share[p]));
            fc_nested_write(part, "forecaster", s->entry[i].of[p], s->entry[i].state[p]);
            nn_json_append(parts, part);
        }
        nn_json_append(all, parts);
    }
    nn_json_set(object, "parts", all);
}

static int read_entry(fc_auto_entry *e, const json_t *parts, int horizon, const char *path, nn_error *error)
{
    const size_t count = json_array_size(parts);
    int code = NN_OK;
    if (count < 1 || count > FC_CANDIDATES)
        return nn_fail(error, NN_BAD_DATA, "%s: a series has %zu parts instead of 1 to %d", path, count,
                       FC_CANDIDATES);
    for (; e->parts < (int)count && !code; e->parts++) {
        const json_t *part = json_array_get(parts, (size_t)e->parts);
        e->share[e->parts] = json_number_value(json_object_get(part, "share"));
        code = fc_nested_read(&e->of[e->parts], &e->state[e->parts], part, "forecaster", 1, horizon, path,
                              error);
    }
    return code;
}

/* The part after part i, p that has a network; NULL: there is none. */
static const fc_named *next_network(const fc_auto_state *s, int *i, int *p, void **state)
{
    for (; *i < s->count; (*i)++, *p = -1)
        for (++*p; *p < s->entry[*i].parts; ++*p)
            if (s->entry[*i].of[*p]->forecaster->weights) {
                *state = s->entry[*i].state[*p];
                return s->entry[*i].of[*p];
            }
    return NULL;
}

/* All series are forecast by one network, which a file holds once. */
static int join_networks(const fc_auto_state *s, const char *path, nn_error *error)
{
    int i = 0, p = -1;
    void *first, *next;
    const fc_named *of = next_network(s, &i, &p, &first), *other;
    while (of && (other = next_network(s, &i, &p, &next)))
        if (other != of || !of->forecaster->join(next, first))
            return nn_fail(error, NN_BAD_DATA, "%s: its series are forecast by different networks", path);
    return NN_OK;
}

nn_params *fc_auto_weights(void *state)
{
    int i = 0, p = -1;
    void *first;
    const fc_named *of = next_network(state, &i, &p, &first);
    return of ? of->forecaster->weights(first) : NULL;
}

int fc_auto_read(void *state, const json_t *object, const char *path, nn_error *error)
{
    fc_auto_state *s = state;
    const json_t *all = json_object_get(object, "parts");
    int code = NN_OK;
    if (json_array_size(all) != (size_t)s->count)
        return nn_fail(error, NN_BAD_DATA, "%s: %zu series have parts, of %d", path, json_array_size(all),
                       s->count);
    for (int i = 0; i < s->count && !code; i++)
        code = read_entry(&s->entry[i], json_array_get(all, (size_t)i), s->local.horizon, path, error);
    return code ? code : join_networks(s, path, error);
}

int fc_auto_check(const void *state, nn_error *error)
{
    const fc_auto_state *s = state;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target >= s->local.targets || (i && s->entry[i].target <= s->entry[i - 1].target))
            return nn_fail(error, NN_BAD_DATA, "the choice for target %d stands in the wrong place",
                           s->entry[i].target);
    return NN_OK;
}

#define ENTRY(name) .offset = offsetof(fc_auto_entry, name)
static const fc_field entries[] = {
    {"target", FC_NUMBER, 0, ENTRY(target), .least = 0, .most = 1000000},
    {"first", FC_SIZE, 0, ENTRY(first), .least = 0, .most = 1e15},
    {"skipped", FC_SIZE, 0, ENTRY(skipped), .least = 0, .most = 1e15},
    {"transform", FC_CHOICE, 0, ENTRY(transform.scale), .names = fc_scale_names},
    {"lambda", FC_REAL, 0, ENTRY(transform.lambda)},
    {"naive_season", FC_NUMBER, 0, ENTRY(naive_season), .least = 1, .most = 100000000},
    {"origins", FC_NUMBER, 0, ENTRY(origins), .least = 0, .most = FC_ORIGINS},
    {"squares", FC_FLAG, 0, ENTRY(squares)},
    {"error", FC_REAL, FC_NULLABLE, ENTRY(error)},
    {"naive_error", FC_REAL, FC_NULLABLE, ENTRY(naive_error)},
    {"chosen_then", FC_REAL, FC_NULLABLE | FC_OPTIONAL, ENTRY(then)},
    {"scale", FC_REAL, FC_NULLABLE, ENTRY(scale)},
    {"width", FC_REAL, FC_NULLABLE, ENTRY(width)},
    {"growth", FC_REAL, 0, ENTRY(growth), .most = 10},
    {0}};

static size_t surprises_of(const void *state)
{
    return (void)state, FC_THIRDS * FC_SHARES;
}

#define STATE(name) .offset = offsetof(fc_auto_state, name)
const fc_field fc_auto_fields[] = {
    {"series", FC_ENTRIES, 0, STATE(entry), .size = sizeof(fc_auto_entry),
     .count_offset = offsetof(fc_auto_state, count), .least = 0, .most = 1000000, .fields = entries},
    {"kept", FC_FLAG, FC_HERE, STATE(kept)},
    {"surprise", FC_REAL, FC_HERE | FC_MANY | FC_NOT_NEGATIVE, STATE(surprise), .count = surprises_of},
    {"chain", FC_REAL, FC_HERE | FC_OPTIONAL | FC_NULLABLE, STATE(linkage.chain), .most = 1},
    {"common", FC_REAL, FC_HERE | FC_OPTIONAL | FC_NULLABLE, STATE(linkage.common), .most = 1},
    {0}};
