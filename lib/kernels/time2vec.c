/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time2Vec of values and of waves, forward and backward. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

/* y = a x + b */
static inline void affine(nn_real *restrict y, const nn_real *restrict a, const nn_real *restrict x,
                          const nn_real *restrict b, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] * x[i] + b[i];
}

static inline void means(nn_real *restrict p, const nn_real *restrict x, int length, int channels, int m)
{
    nn_real share = 1 / (nn_real)m;
    for (int t = 0; t < length; t++, x += channels) {
        nn_real sum = 0;
        for (int j = 0; j < m; j++)
            sum += x[j];
        p[t] = sum * share;
    }
}

NN_CLONES void nn_time2vec_value_forward(nn_real *restrict y, const nn_real *restrict x,
                                         const nn_real *restrict w, int length, int channels, int m,
                                         nn_real *restrict scratch)
{
    const nn_real *w_lin = w, *b_lin = w + length, *w_sin = w + 2 * length, *b_sin = w + 3 * length,
                  *w_cos = w + 4 * length, *b_cos = w + 5 * length;
    nn_real *p = scratch, *sine = scratch + length, *cosine = scratch + 2 * length;
    means(p, x, length, channels, m);
    affine(sine, w_sin, p, b_sin, length);
    affine(cosine, w_cos, p, b_cos, length);
    for (int t = 0; t < length; t++)
        sine[t] = NN_SIN(sine[t]);
    for (int t = 0; t < length; t++)
        cosine[t] = NN_COS(cosine[t]);
    for (int t = 0; t < length; t++, x += channels) {
        for (int j = 0; j < channels; j++)
            *y++ = x[j];
        *y++ = w_lin[t] * p[t] + b_lin[t];
        *y++ = sine[t];
        *y++ = cosine[t];
    }
}

NN_CLONES void nn_time2vec_value_backward(nn_real *restrict dx, nn_real *restrict dw,
                                          const nn_real *restrict dy, const nn_real *restrict x,
                                          const nn_real *restrict w, int length, int channels, int m,
                                          nn_real *restrict scratch)
{
    const nn_real *w_lin = w, *w_sin = w + 2 * length, *w_cos = w + 4 * length;
    nn_real *p = scratch, *da_sin = scratch + length, *da_cos = scratch + 2 * length;
    means(p, x, length, channels, m);
    affine(da_sin, w_sin, p, w + 3 * length, length);
    affine(da_cos, w_cos, p, w + 5 * length, length);
    for (int t = 0; t < length; t++)
        da_sin[t] = NN_COS(da_sin[t]);
    for (int t = 0; t < length; t++)
        da_cos[t] = -NN_SIN(da_cos[t]);
    for (int t = 0; t < length; t++, dy += channels + 3) {
        const nn_real *g = dy + channels;
        da_sin[t] *= g[1];
        da_cos[t] *= g[2];
        nn_real slopes[3] = {g[0], da_sin[t], da_cos[t]};
        for (int i = 0; i < 3; i++) {
            dw[2 * i * length + t] += slopes[i] * p[t];
            dw[(2 * i + 1) * length + t] += slopes[i];
        }
        if (!dx)
            continue;
        nn_real dp = (g[0] * w_lin[t] + da_sin[t] * w_sin[t] + da_cos[t] * w_cos[t]) / (nn_real)m;
        for (int j = 0; j < channels; j++)
            *dx++ += dy[j] + (j < m ? dp : 0);
    }
}

/* phases (rows,n,k) = w_sin_fi x_f + b_sin_fi */
static inline void phases(nn_real *restrict a, const nn_real *restrict x, const nn_real *restrict w,
                          size_t rows, int n, int k)
{
    const nn_real *w_sin = w + 2 * n, *b_sin = w_sin + n * k;
    for (size_t r = 0; r < rows; r++, x += n)
        for (int f = 0; f < n; f++)
            for (int i = f * k; i < (f + 1) * k; i++)
                *a++ = w_sin[i] * x[f] + b_sin[i];
}

NN_CLONES void nn_time2vec_waves_forward(nn_real *restrict y, int ldy, const nn_real *restrict x,
                                         const nn_real *restrict w, size_t rows, int n, int k,
                                         nn_real *restrict scratch)
{
    size_t waves = (size_t)n * (size_t)k;
    phases(scratch, x, w, rows, n, k);
    for (size_t i = 0; i < rows * waves; i++)
        scratch[i] = NN_SIN(scratch[i]);
    for (size_t r = 0; r < rows; r++, y += ldy, x += n, scratch += waves) {
        for (int f = 0; f < n; f++)
            y[f] = w[f] * x[f] + w[n + f];
        for (size_t i = 0; i < waves; i++)
            y[(size_t)n + i] = scratch[i];
    }
}

NN_CLONES void nn_time2vec_waves_backward(nn_real *restrict dx, nn_real *restrict dw,
                                          const nn_real *restrict dy, int ldy, const nn_real *restrict x,
                                          const nn_real *restrict w, size_t rows, int n, int k,
                                          nn_real *restrict scratch)
{
    const nn_real *w_sin = w + 2 * n;
    nn_real *dw_sin = dw + 2 * n, *db_sin = dw_sin + n * k;
    size_t waves = (size_t)n * (size_t)k;
    phases(scratch, x, w, rows, n, k);
    for (size_t i = 0; i < rows * waves; i++)
        scratch[i] = NN_COS(scratch[i]);
    for (size_t r = 0; r < rows; r++, dy += ldy, x += n, scratch += waves) {
        for (size_t i = 0; i < waves; i++)
            scratch[i] *= dy[(size_t)n + i];
        for (int f = 0; f < n; f++) {
            nn_real slope = dy[f] * w[f];
            dw[f] += dy[f] * x[f];
            dw[n + f] += dy[f];
            for (int i = f * k; i < (f + 1) * k; i++) {
                dw_sin[i] += scratch[i] * x[f];
                db_sin[i] += scratch[i];
                slope += scratch[i] * w_sin[i];
            }
            if (dx)
                dx[r * (size_t)n + (size_t)f] += slope;
        }
    }
}
