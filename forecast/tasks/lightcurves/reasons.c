/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the sketches of the training objects were like, and what of an object is not. */
#include "forecast/tasks/lightcurves/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value is worth a word from so many deviations from the mean of its class on: inside what was trained on,
 * outside. Outside of its class it counts more, outside of all classes even more. */
static const double remarkable = 2.5, outside_remarkable = 1, outside_weight = 1.5, everywhere_weight = 2;

void fc_likes_clear(fc_likes *likes)
{
    free(likes->least);
    free(likes->most);
    free(likes->mean);
    free(likes->spread);
    *likes = (fc_likes){0};
}

static void widen(fc_likes *l, const double *sketches, const int *label, size_t count)
{
    const size_t n = (size_t)l->count;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < n; k++) {
            const double x = sketches[i * n + k];
            const size_t at = (size_t)label[i] * n + k;
            if (!isfinite(x))
                continue;
            l->least[at] = fmin(l->least[at], x); /* NaN gives way */
            l->most[at] = fmax(l->most[at], x);
        }
}

int fc_likes_fit(fc_classifier *model, const double *sketches, const int *label, size_t count,
                 nn_error *error)
{
    const size_t n = (size_t)fc_sketch_count(model), cells = n * (size_t)model->classes;
    fc_nearest_mean centre;
    fc_likes_clear(&model->likes);
    const int code = fc_nearest_mean_fit(&centre, sketches, label, count, (int)n, model->classes, error);
    if (code)
        return code;
    fc_likes *l = &model->likes;
    *l = (fc_likes){.count = (int)n, .mean = centre.mean, .spread = centre.spread};
    l->least = malloc(cells * sizeof *l->least);
    l->most = malloc(cells * sizeof *l->most);
    if (!l->least || !l->most)
        return nn_no_memory(error);
    for (size_t i = 0; i < cells; i++)
        l->least[i] = l->most[i] = NAN;
    widen(l, sketches, label, count);
    return NN_OK;
}

/* --- what stands out --- */

static void range_of(const fc_classifier *model, int class, int item, double *least, double *most)
{
    const fc_likes *l = &model->likes;
    *least = *most = NAN;
    for (int c = 0; c < model->classes; c++)
        if (class < 0 || c == class) {
            *least = fmin(*least, l->least[c * l->count + item]);
            *most = fmax(*most, l->most[c * l->count + item]);
        }
}

static double beyond(double x, double least, double most)
{
    return x > most ? x - most : x < least ? least - x : 0;
}

/* Whether there is anything to say of a number. */
static bool look(fc_reason *r, const fc_classifier *model, int item, double x, int class)
{
    const fc_likes *l = &model->likes;
    double least, most;
    *r = (fc_reason){.item = item, .value = x, .mean = l->mean[class * l->count + item]};
    if (!isfinite(x) || !(l->spread[item] > 0) || isnan(r->mean))
        return false;
    range_of(model, class, item, &r->least, &r->most);
    range_of(model, -1, item, &least, &most);
    r->off = fabs(x - r->mean) / l->spread[item];
    r->outside = beyond(x, r->least, r->most) > 0;
    r->everywhere = beyond(x, least, most) > 0;
    if (r->everywhere) {
        r->least = least;
        r->most = most;
    }
    return r->off >= (r->outside ? outside_remarkable : remarkable);
}

static double weight_of(const fc_reason *r)
{
    return r->off * (r->everywhere ? everywhere_weight : r->outside ? outside_weight : 1);
}

static bool tells_more(const fc_reason *a, const fc_reason *b)
{
    return weight_of(a) > weight_of(b);
}

/* "skew_g" and "skew_r" say one thing, which is said once. */
static bool same_thing(const fc_classifier *model, int a, int b)
{
    char one[128], other[128];
    fc_sketch_name(model, a, one, sizeof one);
    fc_sketch_name(model, b, other, sizeof other);
    const char mark = model->sight.features ? '_' : ' ';
    const char *cut = strrchr(one, mark), *other_cut = strrchr(other, mark);
    return cut && other_cut && cut - one == other_cut - other &&
           strncmp(one, other, (size_t)(cut - one)) == 0;
}

static void say(fc_reason *r, const fc_classifier *model, int class)
{
    char name[128], whose[128], range[80];
    const bool flux = fc_sketch_name(model, r->item, name, sizeof name),
               above = r->value > (r->outside ? r->most : r->mean);
    const double edge = !r->outside ? r->mean : above ? r->most : r->least;
    snprintf(whose, sizeof whose, r->everywhere ? "any object trained on" : "any %.100s trained on",
             model->class_names[class]);
    snprintf(range, sizeof range, "%.4g to %.4g", r->least, r->most);
    if (!r->outside)
        snprintf(whose, sizeof whose, "the mean of %.100s", model->class_names[class]);
    if (flux && r->value > 0 && edge > 0)
        snprintf(r->text, sizeof r->text, "%s %.2g mag %s than %s%s", name,
                 fabs(2.5 * log10(r->value / edge)), above ? "brighter" : "fainter",
                 r->outside ? "that of " : "", whose);
    else if (r->outside)
        snprintf(r->text, sizeof r->text, "%s %.4g, %s that of %s (%s)", name, r->value,
                 above ? "above" : "below", whose, range);
    else
        snprintf(r->text, sizeof r->text, "%s %.4g, %.1f deviations %s the mean of %.100s (%.4g)", name,
                 r->value, r->off, above ? "above" : "below", model->class_names[class], r->mean);
}

int fc_reasons(fc_reason reasons[FC_MOST_REASONS], const fc_classifier *model, const double *sketch,
               int class)
{
    int count = 0;
    for (int item = 0; item < model->likes.count; item++) {
        fc_reason r;
        if (!look(&r, model, item, sketch[item], class))
            continue;
        int same = 0, at;
        while (same < count && !same_thing(model, reasons[same].item, item))
            same++;
        if (same < count && !tells_more(&r, &reasons[same]))
            continue;
        if (same < count) /* what tells more takes its place */
            memmove(&reasons[same], &reasons[same + 1], (size_t)(--count - same) * sizeof *reasons);
        for (at = count; at > 0 && tells_more(&r, &reasons[at - 1]); at--)
            if (at < FC_MOST_REASONS)
                reasons[at] = reasons[at - 1];
        if (at < FC_MOST_REASONS)
            reasons[at] = r;
        count += count < FC_MOST_REASONS;
    }
    for (int i = 0; i < count; i++)
        say(&reasons[i], model, class);
    return count;
}
