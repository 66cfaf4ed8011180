/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feature maps without constants: elu1 and cos. */
#include "lib/parts/mixers/features.h"

#include "lib/kernels/vector.h"

static size_t no_scratch(const nn_feature_form *form, int tokens, int width)
{
    (void)form, (void)tokens, (void)width;
    return 0;
}

/* --- elu(x) + 1 --- */

static void elu1_forward(const nn_feature_view *view)
{
    nn_elu1_forward(view->phi, view->x, view->ldx, view->tokens, view->heads * view->width);
}

static void elu1_backward(const nn_feature_view *view)
{
    nn_elu1_backward(view->dx, view->ldx, view->dphi, view->phi, view->tokens, view->heads * view->width);
}

static bool elu1_prepare(nn_plan *plan, const char *name, int heads, int width, nn_feature_form *form)
{
    (void)plan, (void)name, (void)heads;
    form->columns = width;
    return true;
}

const nn_feature nn_feature_elu1 = {NN_GUARD_ADD,  false,      elu1_forward,
                                    elu1_backward, no_scratch, elu1_prepare};

/* --- relu with the place's cosine and sine --- */

static void angle_of(const nn_feature_view *view, int i, nn_real *cosine, nn_real *sine)
{
    const double angle = 1.5707963267948966 * (i + 1) / view->longer;
    *cosine = (nn_real)cos(angle);
    *sine = (nn_real)sin(angle);
}

NN_CLONES static void cos_forward(const nn_feature_view *view)
{
    const int w = view->width;
    for (int i = 0; i < view->tokens; i++) {
        nn_real cosine, sine;
        angle_of(view, i, &cosine, &sine);
        for (int h = 0; h < view->heads; h++) {
            const nn_real *restrict x = view->x + (size_t)i * (size_t)view->ldx + h * w;
            nn_real *restrict phi = view->phi + ((size_t)i * (size_t)view->heads + (size_t)h) * 2 * (size_t)w;
            for (int c = 0; c < w; c++) {
                const nn_real r = x[c] > 0 ? x[c] : 0;
                phi[c] = r * cosine;
                phi[w + c] = r * sine;
            }
        }
    }
}

NN_CLONES static void cos_backward(const nn_feature_view *view)
{
    const int w = view->width;
    for (int i = 0; i < view->tokens; i++) {
        nn_real cosine, sine;
        angle_of(view, i, &cosine, &sine);
        for (int h = 0; h < view->heads; h++) {
            const size_t at = (size_t)i * (size_t)view->ldx + (size_t)(h * w);
            const nn_real *restrict x = view->x + at, *restrict dphi =
                                                          view->dphi +
                                                          ((size_t)i * (size_t)view->heads + (size_t)h) * 2 *
                                                              (size_t)w;
            nn_real *restrict dx = view->dx + at;
            for (int c = 0; c < w; c++) {
                const nn_real d = dphi[c] * cosine + dphi[w + c] * sine;
                dx[c] += x[c] > 0 ? d : 0;
            }
        }
    }
}

static bool cos_prepare(nn_plan *plan, const char *name, int heads, int width, nn_feature_form *form)
{
    (void)plan, (void)name, (void)heads;
    form->columns = 2 * width;
    return true;
}

const nn_feature nn_feature_cos = {NN_GUARD_CLAMP, false, cos_forward, cos_backward, no_scratch, cos_prepare};
