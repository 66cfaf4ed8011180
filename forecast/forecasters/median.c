/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The median of several forecasters, step by step (Petropoulos & Svetunkov 2020, doi
 * 10.1016/j.ijforecast.2019.01.006): by default of exponential smoothing, its forms by their weights, complex
 * exponential smoothing, and two of the Theta family. */
#include "forecast/forecasters/choice/named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MEMBERS = 8 };

typedef struct median_state {
    fc_local local;
    int count;
    const fc_named *of[MOST_MEMBERS];
    void *inner[MOST_MEMBERS]; /* their states; owned */
} median_state;

static const char usual[] = "ets-mean,ces,dotm,theta-boxcox";

static const nn_option options[] = {{"of", 0, NN_LIST, offsetof(fc_median_config, of), usual, "A,B,...", 0, 0,
                                     "forecasters that the median is of"},
                                    FC_SCALE_OPTION(fc_median_config),
                                    {0}};

/* How many forecasters text names; -1 where it is no such list. of: MOST_MEMBERS. */
static int parse_members(const char *text, const fc_named **of)
{
    int count = 0;
    for (const char *at = text;; at++) {
        char name[32];
        const size_t length = strcspn(at, ",");
        if (count == MOST_MEMBERS || length >= sizeof name)
            return -1;
        memcpy(name, at, length);
        name[length] = '\0';
        of[count] = fc_forecaster_named(name);
        if (!of[count] || of[count]->forecaster == &fc_forecaster_median)
            return -1;
        count++;
        at += length;
        if (!*at)
            return count;
    }
}

static int refuse_members(const char *text, nn_error *error)
{
    return nn_fail(error, NN_USAGE, "--of: '%.80s' is no list of up to %d forecasters such as %s", text,
                   MOST_MEMBERS, usual);
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    median_state *s = state;
    const fc_median_config *how = config;
    const char *text = how && how->of ? how->of : usual;
    const int count = parse_members(text, s->of);
    int code = count < 0 ? refuse_members(text, error) : NN_OK;
    for (; s->count < count && !code; s->count += !code)
        code = fc_forecaster_fit(&s->inner[s->count], s->of[s->count]->forecaster, s->of[s->count]->config,
                                 view, train, s->local.horizon, s->local.season, error);
    return code;
}

/* x (n) is put in order. */
static double median_of(double *x, int n)
{
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && x[j] < x[j - 1]; j--) {
            const double held = x[j];
            x[j] = x[j - 1];
            x[j - 1] = held;
        }
    return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const median_state *s = state;
    const size_t cells = (size_t)horizon * (size_t)s->local.targets;
    double *each = malloc(((size_t)s->count * cells + 1) * sizeof *each);
    for (int i = 0; i < s->count && each; i++)
        s->of[i]->forecaster->forecast(s->inner[i], view, origin, horizon, each + (size_t)i * cells);
    for (size_t c = 0; c < cells; c++) {
        double x[MOST_MEMBERS];
        int known = 0;
        for (int i = 0; i < s->count && each; i++)
            if (isfinite(each[(size_t)i * cells + c]))
                x[known++] = each[(size_t)i * cells + c];
        out[c] = known ? median_of(x, known) : s->local.level[c % (size_t)s->local.targets];
    }
    free(each);
}

static void clear(void *state)
{
    median_state *s = state;
    for (int i = 0; i < MOST_MEMBERS; i++)
        fc_forecaster_free(s->inner[i], s->of[i] ? s->of[i]->forecaster : NULL);
}

/* --- as a kind of model --- */

static void write_members(json_t *object, const void *state)
{
    const median_state *s = state;
    json_t *members = json_array();
    for (int i = 0; i < s->count; i++) {
        json_t *entry = json_object();
        fc_nested_write(entry, "member", s->of[i], s->inner[i]);
        nn_json_append(members, entry);
    }
    nn_json_set(object, "members", members);
}

static int read_members(void *state, const json_t *object, const char *path, nn_error *error)
{
    median_state *s = state;
    const json_t *members = json_object_get(object, "members");
    const size_t count = json_array_size(members);
    if (count < 1 || count > MOST_MEMBERS)
        return nn_fail(error, NN_BAD_DATA, "%s: 'members' is no list of 1 to %d forecasters", path,
                       MOST_MEMBERS);
    int code = NN_OK;
    for (; s->count < (int)count && !code; s->count++)
        code =
            fc_nested_read(&s->of[s->count], &s->inner[s->count], json_array_get(members, (size_t)s->count),
                           "member", s->local.targets, s->local.horizon, path, error);
    return code;
}

static int check_config(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const char *text = ((const fc_median_config *)config)->of;
    const fc_named *of[MOST_MEMBERS];
    (void)sizes;
    return !text || parse_members(text, of) > 0 ? NN_OK : refuse_members(text, error);
}

const fc_forecaster fc_forecaster_median = {.scales = true,
                                            .scale_offset = offsetof(fc_median_config, scale),
                                            .state_size = sizeof(median_state),
                                            .any_horizon = true,
                                            .fit = fit,
                                            .forecast = forecast,
                                            .write = write_members,
                                            .read = read_members,
                                            .clear = clear};
const fc_kind fc_median = {
    .name = "median",
    .summary = "the median of several forecasters, step by step (Petropoulos & Svetunkov 2020)",
    .options = options,
    .later = fc_scale_later,
    .config_size = sizeof(fc_median_config),
    .check = check_config,
    .forecaster = &fc_forecaster_median};
