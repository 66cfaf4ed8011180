/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series as patches of scaled values, each beside whether it is known and, in some networks, its time. */
#include "forecast/pretrained/pretrained.h"

#include <math.h>

/* A constant has this deviation. */
#define LEAST_SCALE 1e-5

fc_pretrained_scale fc_pretrained_scale_of(const fc_pretrained_sizes *sizes, const double *x, int n)
{
    double sum = 0, squares = 0;
    int known = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i])) {
            sum += x[i];
            known++;
        }
    if (!known)
        return (fc_pretrained_scale){0, 1, sizes->arcsinh};
    const double mean = sum / known;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]))
            squares += (x[i] - mean) * (x[i] - mean);
    const double deviation = sqrt(squares / known);
    return (fc_pretrained_scale){mean, deviation > 0 ? deviation : LEAST_SCALE, sizes->arcsinh};
}

double fc_pretrained_scaled(const fc_pretrained_scale *s, double x)
{
    const double scaled = (x - s->shift) / s->scale;
    return s->arcsinh ? asinh(scaled) : scaled;
}

double fc_pretrained_back(const fc_pretrained_scale *s, double x)
{
    return (s->arcsinh ? sinh(x) : x) * s->scale + s->shift;
}

int fc_pretrained_seen_rows(const fc_pretrained_sizes *sizes, const double *context, int members, int length)
{
    const int most = length < sizes->context ? length : sizes->context;
    if (sizes->stride != sizes->patch) /* where patches begin depends on the length */
        return most;
    for (int rows = most; rows > 0; rows--)
        for (int m = 0; m < members; m++)
            if (!isnan(context[(size_t)(m + 1) * (size_t)length - (size_t)rows]))
                return rows;
    return 0;
}

/* Rows with those in front that make them whole patches. */
static int padded(const fc_pretrained_sizes *sizes, int rows)
{
    return (rows + sizes->patch - 1) / sizes->patch * sizes->patch;
}

int fc_pretrained_patches(const fc_pretrained_sizes *sizes, int rows)
{
    return rows ? (padded(sizes, rows) - sizes->patch) / sizes->stride + 1 : 0;
}

int fc_pretrained_tokens(const fc_pretrained *p, fc_pretrained_shape shape)
{
    return shape.patches + (p->sizes.reg_token >= 0) + (p->kind->joint ? shape.ahead : 0);
}

/* One patch: of each row its time, counted from the first to come, its value and whether that is known.
 * Returns whether any is. */
static bool put_patch(nn_real *out, const fc_pretrained *p, const fc_pretrained_scale *scale, const double *x,
                      int first, int end, int time)
{
    const fc_pretrained_sizes *sizes = &p->sizes;
    nn_real *value = p->kind->channels > 2 ? out + sizes->patch : out, *known = value + sizes->patch;
    bool any = false;
    for (int i = 0; i < sizes->patch; i++) {
        const int row = first + i;
        const bool there = x && row >= 0 && row < end && !isnan(x[row]);
        if (p->kind->channels > 2)
            out[i] = (nn_real)(time + i) / (nn_real)sizes->time_scale;
        value[i] = there ? (nn_real)fc_pretrained_scaled(scale, x[row]) : 0;
        known[i] = there;
        any = any || there;
    }
    return any;
}

void fc_pretrained_put(const fc_pretrained *p, const fc_pretrained_ports *ports, fc_pretrained_shape shape,
                       size_t place, const fc_pretrained_scale *scale, const double *x, int rows,
                       const double *future, int ahead)
{
    const fc_pretrained_sizes *sizes = &p->sizes;
    const int width = p->kind->channels * sizes->patch, tokens = fc_pretrained_tokens(p, shape),
              all = padded(sizes, rows);
    nn_real *past = ports->past->data + place * (size_t)shape.patches * (size_t)width,
            *seen = ports->seen->data + place * (size_t)tokens;
    for (int t = 0; t < shape.patches; t++)
        seen[t] = put_patch(past + (size_t)t * (size_t)width, p, scale, x, t * sizes->stride - (all - rows),
                            rows, t * sizes->stride - all);
    for (int t = shape.patches; t < tokens; t++)
        seen[t] = 1;
    if (!ports->future)
        return;
    nn_real *out = ports->future->data + place * (size_t)shape.ahead * (size_t)width;
    for (int t = 0; t < shape.ahead; t++)
        (void)put_patch(out + (size_t)t * (size_t)width, p, scale, future, t * sizes->patch, ahead,
                        t * sizes->patch);
}
