/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EcoFormer's features: with g_a = exp(-|u - anchor_a|^2 / 2s) - mean_a, u the token at length 1 and s the
 * mean of all squared distances of the head's tokens, the signs of hash g and one constant, the root of the
 * offset. Signs pass the gradient on where |hash g| < 1. */
#include "lib/parts/mixers/features.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

/* One head: where its constants are, and what all of its tokens come to. */
typedef struct hashing {
    const nn_real *anchors, *hash, *mean;
    nn_real *unit;      /* (tokens,width) of length 1, or 0 */
    nn_real *length;    /* (tokens) */
    nn_real *distances; /* squared (tokens,anchors) */
    nn_real *rest;      /* of the scratch */
    nn_real spread;
    int bits, count, width;
} hashing;

static hashing lay_out(const nn_feature_view *view, int h)
{
    const nn_feature_form *form = view->form;
    const size_t head = (size_t)(view->head + h), n = (size_t)form->anchors, w = (size_t)view->width,
                 tokens = (size_t)view->tokens;
    hashing own = {.bits = form->columns - 1, .count = form->anchors, .width = view->width};
    own.anchors = view->params + form->constants[0] + head * n * w;
    own.hash = view->params + form->constants[1] + head * n * (size_t)own.bits;
    own.mean = view->params + form->constants[2] + head * n;
    own.unit = view->scratch;
    own.length = own.unit + tokens * w;
    own.distances = own.length + tokens;
    own.rest = own.distances + tokens * n;
    return own;
}

static nn_real distance(const nn_real *a, const nn_real *b, int n)
{
    nn_real square = 0;
    for (int c = 0; c < n; c++)
        square += (a[c] - b[c]) * (a[c] - b[c]);
    return square;
}

static hashing measure(const nn_feature_view *view, int h)
{
    hashing own = lay_out(view, h);
    const int w = own.width;
    double sum = 0;
    for (int i = 0; i < view->tokens; i++) {
        const nn_real *x = view->x + (size_t)i * (size_t)view->ldx + h * w;
        nn_real *unit = own.unit + (size_t)i * (size_t)w, square = 0;
        for (int c = 0; c < w; c++)
            square += x[c] * x[c];
        own.length[i] = NN_SQRT(square);
        for (int c = 0; c < w; c++)
            unit[c] = square > 0 ? x[c] / own.length[i] : 0;
        for (int a = 0; a < own.count; a++) {
            const nn_real d = distance(unit, own.anchors + a * w, w);
            own.distances[(size_t)i * (size_t)own.count + (size_t)a] = d;
            sum += (double)d;
        }
    }
    own.spread = (nn_real)(sum / ((double)view->tokens * own.count));
    return own;
}

/* bell (anchors) of token i, and what the hash makes of it. */
static void project(const hashing *own, int i, nn_real *bell, nn_real *bits)
{
    const nn_real *d = own->distances + (size_t)i * (size_t)own->count;
    for (int a = 0; a < own->count; a++)
        bell[a] = own->spread > 0 ? NN_EXP(-d[a] / (2 * own->spread)) : 1;
    for (int b = 0; b < own->bits; b++) {
        bits[b] = 0;
        for (int a = 0; a < own->count; a++)
            bits[b] += own->hash[b * own->count + a] * (bell[a] - own->mean[a]);
    }
}

static nn_real *phi_at(const nn_feature_view *view, nn_real *phi, int i, int h)
{
    return phi + ((size_t)i * (size_t)view->heads + (size_t)h) * (size_t)view->form->columns;
}

static void forward(const nn_feature_view *view)
{
    for (int h = 0; h < view->heads; h++) {
        const hashing own = measure(view, h);
        nn_real *bell = own.rest;
        for (int i = 0; i < view->tokens; i++) {
            nn_real *phi = phi_at(view, view->phi, i, h);
            project(&own, i, bell, phi);
            for (int b = 0; b < own.bits; b++)
                phi[b] = phi[b] > 0 ? 1 : phi[b] < 0 ? -1 : 0;
            phi[own.bits] = NN_SQRT((nn_real)view->form->offset);
        }
    }
}

/* What token i's distances get through their own bells: into step; returns the spread's share. */
static double through_bells(const hashing *own, const nn_real *dphi, int i, nn_real *bell, nn_real *bits,
                            nn_real *step)
{
    const nn_real *d = own->distances + (size_t)i * (size_t)own->count;
    double spread = 0;
    project(own, i, bell, bits);
    for (int a = 0; a < own->count; a++) {
        nn_real g = 0;
        for (int b = 0; b < own->bits; b++)
            g += NN_FABS(bits[b]) < 1 ? dphi[b] * own->hash[b * own->count + a] : 0;
        step[a] = own->spread > 0 ? -g * bell[a] / (2 * own->spread) : 0;
        spread -= (double)(step[a] * d[a]) / (double)(own->spread > 0 ? own->spread : 1);
    }
    return spread;
}

/* The gradient of token i's unit vector, du, becomes that of the token. */
static void through_length(nn_real *dx, const nn_real *du, const hashing *own, int i)
{
    const nn_real *unit = own->unit + (size_t)i * (size_t)own->width;
    nn_real along = 0;
    for (int c = 0; c < own->width; c++)
        along += du[c] * unit[c];
    for (int c = 0; c < own->width; c++)
        dx[c] += own->length[i] > 0 ? (du[c] - along * unit[c]) / own->length[i] : 0;
}

static void backward(const nn_feature_view *view)
{
    for (int h = 0; h < view->heads; h++) {
        const hashing own = measure(view, h);
        const size_t n = (size_t)own.count, w = (size_t)own.width;
        nn_real *steps = own.rest, *bell = steps + (size_t)view->tokens * n, *bits = bell + n,
                *du = bits + own.bits;
        double spread = 0;
        for (int i = 0; i < view->tokens; i++) {
            const nn_real *dphi =
                view->dphi + ((size_t)i * (size_t)view->heads + (size_t)h) * (size_t)view->form->columns;
            spread += through_bells(&own, dphi, i, bell, bits, steps + (size_t)i * n);
        }
        const nn_real shared = (nn_real)(spread / ((double)view->tokens * own.count));
        for (int i = 0; i < view->tokens; i++) {
            memset(du, 0, w * sizeof *du);
            for (size_t a = 0; a < n; a++)
                for (size_t c = 0; c < w; c++)
                    du[c] += 2 * (steps[(size_t)i * n + a] + shared) *
                             (own.unit[(size_t)i * w + c] - own.anchors[a * w + c]);
            through_length(view->dx + (size_t)i * (size_t)view->ldx + h * own.width, du, &own, i);
        }
    }
}

static size_t scratch(const nn_feature_form *form, int tokens, int width)
{
    return (2 * (size_t)tokens + 1) * (size_t)form->anchors + ((size_t)tokens + 1) * ((size_t)width + 1) +
           (size_t)form->columns;
}

static bool prepare(nn_plan *plan, const char *name, int heads, int width, nn_feature_form *form)
{
    const int bits = form->columns ? form->columns : 16, count = form->anchors;
    const nn_param *param = nn_plan_param(plan, nn_name(plan, "%s.anchors", name), NN_INIT_NORMAL,
                                          1 / sqrt(width), 3, (int[]){heads, count, width});
    if (param)
        form->constants[0] = param->offset;
    param = nn_plan_param(plan, nn_name(plan, "%s.hash", name), NN_INIT_NORMAL, 1 / sqrt(count), 3,
                          (int[]){heads, bits, count});
    if (param)
        form->constants[1] = param->offset;
    param =
        nn_plan_param(plan, nn_name(plan, "%s.mean", name), NN_INIT_CENTRE, 0.6, 2, (int[]){heads, count});
    if (param)
        form->constants[2] = param->offset;
    form->columns = bits + 1;
    if (form->offset == 0)
        form->offset = form->columns;
    return param;
}

const nn_feature nn_feature_hash = {NN_GUARD_NONE, true, forward, backward, scratch, prepare};
