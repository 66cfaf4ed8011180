/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of classifiers beside hand-made numbers and slow twins. */
#include "tests/cmocka_all.h"

#include "forecast/scores/classes/classes.h"
#include "forecast/statistics/classes/calibration.h"
#include "forecast/statistics/classes/class_curves.h"
#include "forecast/statistics/classes/nearest_mean.h"
#include "forecast/statistics/classes/novelty.h"
#include "lib/base/random.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void assert_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, wanted);
}

static double uniform(uint64_t key, uint64_t i)
{
    return (double)(nn_random(key, i) >> 11) * 0x1p-53;
}

/* Rounded, so that there are many ties. */
static void make(double *p, int *label, size_t count, int classes, uint64_t seed, double sharpness)
{
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        label[i] = (int)(uniform(seed, i) * uniform(seed + 1, i) * classes);
        for (int c = 0; c < classes; c++) {
            double z = sharpness * (c == label[i]) + 2 * uniform(seed + 2 + (uint64_t)c, i);
            sum += p[i * (size_t)classes + (size_t)c] = round(8 * exp(z)) / 8;
        }
        for (int c = 0; c < classes; c++)
            p[i * (size_t)classes + (size_t)c] /= sum;
    }
}

/* --- by hand --- */

static void test_by_hand(void **state)
{
    (void)state;
    const double p[] = {0.7, 0.2, 0.1,  /* right */
                        0.1, 0.6, 0.3,  /* right */
                        0.5, 0.3, 0.2,  /* 1 called 0 */
                        0.2, 0.2, 0.6,  /* right */
                        0.4, 0.4, 0.2}; /* a tie counts for the first: 0, right */
    const int label[] = {0, 1, 1, 2, 0};
    const double weights[] = {1, 2, 1};
    nn_error error = {0};
    fc_class_score s;
    fc_class_data d = {p, label, 5, 3, weights};
    assert_int_equal(fc_class_score_make(&s, &d, &error), NN_OK);
    double loss0 = -(log(0.7) + log(0.4)) / 2, loss1 = -(log(0.6) + log(0.3)) / 2, loss2 = -log(0.6);
    assert_near(s.log_loss, (loss0 + loss1 + loss2) / 3, 1e-14);
    assert_near(s.weighted_loss, (loss0 + 2 * loss1 + loss2) / 4, 1e-14);
    assert_near(s.cross_entropy, (2 * loss0 + 2 * loss1 + loss2) / 5, 1e-14);
    assert_near(s.accuracy, 0.8, 1e-15);
    static const size_t confusion[] = {2, 0, 0, 1, 1, 0, 0, 0, 1};
    assert_memory_equal(s.confusion, confusion, sizeof confusion);
    assert_near(s.line[0].precision, 2.0 / 3, 1e-15);
    assert_near(s.line[0].recall, 1, 0);
    assert_near(s.line[1].precision, 1, 0);
    assert_near(s.line[1].recall, 0.5, 0);
    assert_near(s.line[1].f1, 2.0 / 3, 1e-15);
    assert_near(s.f1, (0.8 + 2.0 / 3 + 1) / 3, 1e-15);
    assert_near(s.recall, 2.5 / 3, 1e-15);
    assert_near(s.precision, (2.0 / 3 + 2) / 3, 1e-15);
    double brier = (0.09 + 0.04 + 0.01) + (0.01 + 0.16 + 0.09) + (0.25 + 0.49 + 0.04) + (0.04 + 0.04 + 0.16) +
                   (0.36 + 0.16 + 0.04);
    assert_near(s.brier, brier / 5, 1e-14);
    /* Class 0: positives 0.7, 0.4; negatives 0.1, 0.5, 0.2: five of six pairs in order. */
    assert_near(s.line[0].auc, 5.0 / 6, 1e-15);
    /* 0.7 right (1/1), 0.5 wrong, 0.4 right (2/3). */
    assert_near(s.line[0].ap, (1 + 2.0 / 3) / 2, 1e-15);
    assert_int_equal(s.line[0].count, 2);
    assert_int_equal(s.line[0].predicted, 3);
    fc_class_score_clear(&s);
}

static void test_missing_class(void **state)
{
    (void)state;
    const double p[] = {0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.6, 0.4, 0};
    const int label[] = {0, 1, 0};
    const double weights[] = {1, 1, 100};
    nn_error error = {0};
    fc_class_score s;
    fc_class_data d = {p, label, 3, 3, weights};
    assert_int_equal(fc_class_score_make(&s, &d, &error), NN_OK);
    assert_true(isnan(s.line[2].recall) && isnan(s.line[2].precision) && isnan(s.line[2].auc) &&
                isnan(s.line[2].loss));
    assert_near(s.recall, 1, 0);
    assert_near(s.f1, 1, 0);
    assert_near(s.auc, 1, 0);
    assert_near(s.weighted_loss, s.log_loss, 1e-15);
    assert_near(s.log_loss, (-(log(0.7) + log(0.6)) / 2 - log(0.6)) / 2, 1e-14);
    fc_class_score_clear(&s);
}

/* A probability of zero for the truth costs -ln 1e-15, no more. */
static void test_clipping(void **state)
{
    (void)state;
    const double p[] = {0, 1, 0.9995, 0};
    const int label[] = {0, 0};
    fc_class_score s;
    fc_class_data d = {p, label, 2, 2, NULL};
    assert_int_equal(fc_class_score_make(&s, &d, NULL), NN_OK);
    assert_near(s.log_loss, -log(1e-15) / 2, 1e-9);
    fc_class_score_clear(&s);
}

static void test_refused(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_class_score s;
    const int label[] = {0, 1}, outside[] = {0, 2};
    const double good[] = {0.5, 0.5, 0.1, 0.9}, nan[] = {0.5, 0.5, NAN, 0.9},
                 negative[] = {-0.1, 1.1, 0.5, 0.5}, sum[] = {0.5, 0.5, 0.5, 0.6};
    const struct {
        const double *p;
        const int *label;
        const char *what;
    } bad[] = {{nan, label, "object 2"},
               {negative, label, "object 1"},
               {sum, label, "sum to 1.1"},
               {good, outside, "outside 0 to 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fc_class_data d = {bad[i].p, bad[i].label, 2, 2, NULL};
        assert_int_equal(fc_class_score_make(&s, &d, &error), NN_BAD_DATA);
        assert_non_null(strstr(error.text, bad[i].what));
    }
    fc_class_data none = {good, label, 0, 2, NULL};
    assert_int_equal(fc_class_score_make(&s, &none, &error), NN_USAGE);
}

static void test_plasticc(void **state)
{
    (void)state;
    static const int codes[] = {6, 15, 16, 42, 52, 53, 62, 64, 65, 67, 88, 90, 92, 95, 99};
    double sum = 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        sum += fc_plasticc_weight(codes[i]);
    }
    assert_near(sum, 18, 0);
    assert_true(isnan(fc_plasticc_weight(7)));
}

/* --- slow twins --- */

/* The area is the share of pairs in order, half for ties. */
static double slow_auc(const double *p, const int *label, size_t count, int classes, int c)
{
    double good = 0, pairs = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            if (label[i] != c || label[j] == c)
                continue;
            double a = p[i * (size_t)classes + (size_t)c], b = p[j * (size_t)classes + (size_t)c];
            good += a > b ? 1 : a == b ? 0.5 : 0;
            pairs++;
        }
    return pairs > 0 ? good / pairs : NAN;
}

/* The precision at each positive's own score, averaged. */
static double slow_ap(const double *p, const int *label, size_t count, int classes, int c)
{
    double sum = 0, positives = 0;
    for (size_t i = 0; i < count; i++) {
        if (label[i] != c)
            continue;
        double at = p[i * (size_t)classes + (size_t)c], right = 0, called = 0;
        for (size_t j = 0; j < count; j++)
            if (p[j * (size_t)classes + (size_t)c] >= at) {
                called++;
                right += label[j] == c;
            }
        sum += right / called;
        positives++;
    }
    return sum / positives;
}

static double trapezoids(const fc_curve *curve)
{
    double area = 0;
    for (size_t i = 1; i < curve->count; i++)
        area += (curve->x[i] - curve->x[i - 1]) * (curve->y[i] + curve->y[i - 1]) / 2;
    return area;
}

static void test_areas(void **state)
{
    (void)state;
    enum { COUNT = 300, CLASSES = 4 };
    static double p[COUNT * CLASSES], flat[COUNT * CLASSES];
    static int label[COUNT], one[COUNT * CLASSES];
    nn_error error = {0};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        fc_class_score s;
        make(p, label, COUNT, CLASSES, seed, (double)seed - 1);
        fc_class_data d = {p, label, COUNT, CLASSES, NULL};
        assert_int_equal(fc_class_score_make(&s, &d, &error), NN_OK);
        double macro = 0;
        for (int c = 0; c < CLASSES; c++) {
            fc_curve roc, pr;
            double auc = slow_auc(p, label, COUNT, CLASSES, c);
            assert_near(s.line[c].auc, auc, 1e-12);
            assert_near(s.line[c].ap, slow_ap(p, label, COUNT, CLASSES, c), 1e-12);
            macro += auc / CLASSES;
            assert_int_equal(fc_class_roc(&roc, &d, c, 0, &error), NN_OK);
            assert_int_equal(fc_class_pr(&pr, &d, c, 0, &error), NN_OK);
            assert_near(roc.area, auc, 1e-12);
            assert_near(trapezoids(&roc), auc, 1e-12);
            assert_near(pr.area, s.line[c].ap, 1e-12);
            assert_near(pr.x[pr.count - 1], 1, 1e-12);
            fc_curve_clear(&roc);
            fc_curve_clear(&pr);
            assert_int_equal(fc_class_roc(&roc, &d, c, 20, &error), NN_OK);
            assert_true(roc.count <= 20 && roc.x[0] == 0 && roc.x[roc.count - 1] == 1 &&
                        roc.y[roc.count - 1] == 1);
            assert_near(roc.area, auc, 1e-12);
            fc_curve_clear(&roc);
        }
        assert_near(s.auc, macro, 1e-12);
        /* Micro: all pairs of object and class as one two-class problem, score in column 1. */
        for (size_t i = 0; i < COUNT * CLASSES; i++) {
            flat[i] = p[i];
            one[i] = label[i / CLASSES] == (int)(i % CLASSES) ? 0 : 1;
        }
        assert_near(s.auc_micro, slow_auc(flat, one, COUNT * CLASSES, 1, 0), 1e-12);
        fc_class_score_clear(&s);
    }
}

static void test_area_ends(void **state)
{
    (void)state;
    const double score[] = {0.1, 0.5, 0.5, 0.9};
    const unsigned char perfect[] = {0, 0, 0, 1}, same[] = {1, 1, 1, 1}, tie[] = {0, 1, 0, 1};
    double auc, ap;
    assert_int_equal(fc_ranking_areas(&auc, &ap, score, 1, perfect, 4, NULL), NN_OK);
    assert_near(auc, 1, 0);
    assert_near(ap, 1, 0);
    assert_int_equal(fc_ranking_areas(&auc, &ap, score, 1, same, 4, NULL), NN_OK);
    assert_true(isnan(auc));
    assert_near(ap, 1, 0);
    assert_int_equal(fc_ranking_areas(&auc, &ap, score, 1, tie, 4, NULL), NN_OK);
    assert_near(auc, 3.5 / 4, 1e-15);
    assert_near(ap, 0.5 * 1 + 0.5 * 2.0 / 3, 1e-15);
}

/* --- calibration --- */

static void test_reliability(void **state)
{
    (void)state;
    /* Confidence 0.8, of which half are right, and 0.6, of which all are. */
    const double p[] = {0.8, 0.2, 0.8, 0.2, 0.4, 0.6, 0.4, 0.6};
    const int label[] = {0, 1, 1, 1};
    fc_reliability r;
    fc_class_data d = {p, label, 4, 2, NULL};
    fc_reliability_make(&r, &d);
    assert_near(r.ece, 0.5 * 0.3 + 0.5 * 0.4, 1e-12);
    assert_near(r.mce, 0.4, 1e-12);
    assert_int_equal(r.count[11], 2); /* 0.8 = 12/15, an upper end */
    assert_int_equal(r.count[8], 2);
    assert_near(r.accuracy[11], 0.5, 0);
    assert_true(isnan(r.accuracy[0]));
    const double sure[] = {1, 0, 1, 0};
    fc_class_data certain = {sure, (const int[]){0, 0}, 2, 2, NULL};
    fc_reliability_make(&r, &certain);
    assert_int_equal(r.count[FC_RELIABILITY_BINS - 1], 2);
    assert_near(r.ece, 0, 0);
}

/* p = softmax(log(p) / temperature). */
static void temper(double *p, size_t count, int classes, double temperature)
{
    for (size_t i = 0; i < count; i++, p += classes) {
        double sum = 0;
        for (int c = 0; c < classes; c++)
            sum += p[c] = pow(p[c], 1 / temperature);
        for (int c = 0; c < classes; c++)
            p[c] /= sum;
    }
}

static double loss_at(const double *p, const int *label, size_t count, int classes, double temperature)
{
    double *hot = malloc(count * (size_t)classes * sizeof *hot), sum = 0;
    memcpy(hot, p, count * (size_t)classes * sizeof *hot);
    temper(hot, count, classes, temperature);
    for (size_t i = 0; i < count; i++)
        sum -= log(hot[i * (size_t)classes + (size_t)label[i]]);
    free(hot);
    return sum / (double)count;
}

static void test_temperature(void **state)
{
    (void)state;
    enum { COUNT = 4000, CLASSES = 3 };
    static double p[COUNT * CLASSES];
    static int label[COUNT];
    nn_error error = {0};
    /* Labels drawn from the probabilities; then the probabilities made too sure by T = 0.4. */
    for (size_t i = 0; i < COUNT; i++) {
        double sum = 0, u = uniform(9, i);
        for (size_t c = 0; c < CLASSES; c++)
            sum += p[i * CLASSES + c] = exp(3 * uniform(10 + c, i));
        label[i] = CLASSES - 1;
        for (size_t c = 0; c < CLASSES; c++) {
            p[i * CLASSES + c] /= sum;
            u -= p[i * CLASSES + c];
            if (u < 0 && label[i] == CLASSES - 1)
                label[i] = (int)c, u = 2;
        }
    }
    temper(p, COUNT, CLASSES, 0.4);
    double temperature;
    fc_class_data d = {p, label, COUNT, CLASSES, NULL};
    assert_int_equal(fc_temperature_fit(&temperature, &d, &error), NN_OK);
    assert_near(temperature, 2.5, 0.2);
    double best = loss_at(p, label, COUNT, CLASSES, temperature);
    assert_true(best <= loss_at(p, label, COUNT, CLASSES, temperature * 1.001));
    assert_true(best <= loss_at(p, label, COUNT, CLASSES, temperature / 1.001));
    /* Always right: as cold as allowed. */
    const double sure[] = {0.9, 0.1, 0.2, 0.8};
    const int right[] = {0, 1};
    fc_class_data easy = {sure, right, 2, 2, NULL};
    assert_int_equal(fc_temperature_fit(&temperature, &easy, &error), NN_OK);
    assert_near(temperature, 0.05, 1e-9);
}

/* --- novelty --- */

static void test_novelty(void **state)
{
    (void)state;
    double out[2];
    /* Covariance [[2, 1], [1, 2]] 4/3 about (1, 1): its inverse is [[2, -1], [-1, 2]] / 4. */
    const double x[] = {3, 2, -1, 0, 0, -1, 2, 3, 1, 1};
    fc_mahalanobis fit;
    nn_error error = {0};
    assert_int_equal(fc_mahalanobis_fit(&fit, x, 5, 2, &error), NN_OK);
    const double probe[] = {1, 1, 3, 1};
    fc_mahalanobis_distance(out, &fit, probe, 2);
    /* Sums of squares 4+4+1+1 = 10, of products 2+2+2+2 = 8; over 4: 2.5 and 2. Inverse (2.5, -2)/2.25. */
    assert_near(out[0], 0, 1e-12);
    const double varies = 2.5 + 3 * FC_LEAST_DEVIATION * FC_LEAST_DEVIATION; /* mean squares are 3 */
    assert_near(out[1], 4 * varies / (varies * varies - 4), 1e-12);
    fc_mahalanobis_clear(&fit);
    /* A feature twice: no inverse but for the least deviation. */
    const double twice[] = {1, 1, 2, 2, 4, 4};
    assert_int_equal(fc_mahalanobis_fit(&fit, twice, 3, 2, &error), NN_OK);
    fc_mahalanobis_distance(out, &fit, twice, 2);
    assert_true(isfinite(out[0]) && out[0] > 0);
    fc_mahalanobis_clear(&fit);
    const double same[] = {1, 1, 1, 1}, nan[] = {1, NAN, 2, 3};
    assert_int_equal(fc_mahalanobis_fit(&fit, same, 2, 2, &error), NN_BAD_DATA);
    assert_int_equal(fc_mahalanobis_fit(&fit, nan, 2, 2, &error), NN_BAD_DATA);
    assert_int_equal(fc_mahalanobis_fit(&fit, nan, 1, 2, &error), NN_USAGE);
}

/* Vectors as a layer's norm leaves them, in float: their sum over a feature's weight never varies. wrong: by
 * so many roundings, another way for each build. */
static void pooled_vectors(double *x, size_t count, size_t n, double wrong, unsigned long long build)
{
    for (size_t i = 0; i < count; i++) {
        double mean = 0, square = 0;
        double *v = x + i * n;
        for (size_t j = 0; j < n; j++)
            mean += v[j] = uniform(5, i * n + j) + (j % 3 == 0) * 0.1;
        mean /= (double)n;
        for (size_t j = 0; j < n; j++)
            square += (v[j] - mean) * (v[j] - mean) / (double)n;
        for (size_t j = 0; j < n; j++) {
            v[j] = 0.2 * (double)(j % 5) + (0.3 + 0.1 * (double)(j % 7)) * (v[j] - mean) / sqrt(square);
            v[j] = (float)(v[j] + wrong * FLT_EPSILON * (2 * uniform(build, i * n + j) - 1));
        }
    }
}

static void test_novelty_is_no_rounding(void **state)
{
    (void)state;
    enum { TRAINED = 500, UNSEEN = 100, N = 32 };
    static double x[2][(TRAINED + UNSEEN) * N];
    double out[2][UNSEEN], mean = 0;
    nn_error error = {0};
    fc_mahalanobis fit;
    for (int build = 0; build < 2; build++)
        pooled_vectors(x[build], TRAINED + UNSEEN, N, 8, 11 + (unsigned)build);
    assert_int_equal(fc_mahalanobis_fit(&fit, x[0], TRAINED, N, &error), NN_OK);
    for (int build = 0; build < 2; build++)
        fc_mahalanobis_distance(out[build], &fit, x[build] + TRAINED * N, UNSEEN);
    fc_mahalanobis_clear(&fit);
    for (int i = 0; i < UNSEEN; i++) {
        assert_near(out[1][i], out[0][i], 1e-3);
        mean += out[0][i] / UNSEEN;
    }
    /* 31 directions vary; 500 objects make unseen ones look further by about 31/500. */
    assert_true(mean > 30 && mean < 36);
    /* Fitted by the other build the distances are the same, too. */
    assert_int_equal(fc_mahalanobis_fit(&fit, x[1], TRAINED, N, &error), NN_OK);
    fc_mahalanobis_distance(out[1], &fit, x[1] + TRAINED * N, UNSEEN);
    for (int i = 0; i < UNSEEN; i++)
        assert_near(out[1][i], out[0][i], 1e-3);
    fc_mahalanobis_clear(&fit);
}

/* Features that are the same in all of training, 2 and 0, and another value of them. */
static void test_novelty_of_a_constant(void **state)
{
    (void)state;
    const double x[] = {3, 2, 0, -1, 2, 0, 0, 2, 0, 2, 2, 0, 1, 2, 0},
                 probe[] = {1, 2, 0, 1, 3, 0, 1, 2, 0.1, 1, 2.0000001, 0};
    double out[4];
    nn_error error = {0};
    fc_mahalanobis fit;
    assert_int_equal(fc_mahalanobis_fit(&fit, x, 5, 3, &error), NN_OK);
    fc_mahalanobis_distance(out, &fit, probe, 4);
    assert_near(out[0], 0, 1e-12);
    assert_true(out[1] > 1e3 && out[1] < 1e5);
    assert_true(out[2] > 1e3 && out[2] < 1e5);
    assert_true(out[3] < 1e-9);
    fc_mahalanobis_clear(&fit);
}

/* --- baselines and verdict --- */

static void test_baselines(void **state)
{
    (void)state;
    double p[6];
    nn_error error = {0};
    /* Two clouds in feature 0; feature 1 never varies, feature 2 is mostly unknown. */
    const double x[] = {-1, 5, NAN, 0.6, 5, NAN, 1, 5, 1, 1.2, 5, NAN, -0.4, 5, NAN};
    const int label[] = {0, 0, 1, 1, 1};
    fc_nearest_mean fit;
    assert_int_equal(fc_nearest_mean_fit(&fit, x, label, 5, 3, 3, &error), NN_OK);
    assert_near(fit.mean[0], -0.2, 1e-15);
    assert_near(fit.mean[3], 0.6, 1e-15);
    assert_true(isnan(fit.mean[6]) && fit.spread[1] == 0);
    assert_near(fit.spread[0], sqrt((2 * 0.64 + 0.16 + 0.36 + 1) / 5), 1e-12);
    const double probe[] = {-0.5, 5, 0, 0.5, 5, NAN};
    fc_nearest_mean_predict(p, &fit, probe, 2);
    assert_true(p[0] > 0.5 && p[1] < 0.5 && p[4] > 0.5);
    assert_true(p[2] == 0 && p[5] == 0);
    assert_near(p[0] + p[1], 1, 1e-15);
    double ratio = (0.3 * 0.3 - 1.1 * 1.1) / (fit.spread[0] * fit.spread[0]) / fit.temperature;
    assert_near(log(p[1] / p[0]), ratio, 1e-9 * fabs(ratio));
    fc_nearest_mean_clear(&fit);
    const int outside[] = {0, 5, 0, 0, 0};
    assert_int_equal(fc_nearest_mean_fit(&fit, x, outside, 5, 3, 3, &error), NN_BAD_DATA);
}

static void entry_make(fc_class_entry *e, const char *name, double *p, const int *label, size_t count,
                       size_t wrong)
{
    for (size_t i = 0; i < count; i++) {
        bool right = i >= wrong;
        p[2 * i + (size_t)label[i]] = right ? 0.8 : 0.2;
        p[2 * i + 1 - (size_t)label[i]] = right ? 0.2 : 0.8;
    }
    *e = (fc_class_entry){.name = name, .data = {p, label, count, 2, NULL}};
}

static void test_verdict(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    static double p[3][2 * COUNT];
    static int label[COUNT];
    fc_class_entry e[3];
    nn_error error = {0};
    char text[512];
    bool beats;
    for (size_t i = 0; i < COUNT; i++)
        label[i] = i % 2;
    entry_make(&e[0], "t2", p[0], label, COUNT, 2);
    entry_make(&e[1], "prior", p[1], label, COUNT, 20);
    entry_make(&e[2], "nearest mean", p[2], label, COUNT, 12);
    assert_int_equal(fc_class_compare(e, 3, &error), NN_OK);
    assert_int_equal(e[2].test.first_only, 10);
    assert_int_equal(e[2].test.second_only, 0);
    assert_near(e[2].test.p, 2 * pow(0.5, 10), 1e-12);
    assert_true(isnan(e[0].test.p));
    fc_class_pronounce(e, 3, text, sizeof text, &beats);
    assert_true(beats);
    assert_non_null(strstr(text, "t2 beats the most accurate baseline, nearest mean"));
    for (int i = 0; i < 3; i++)
        fc_class_score_clear(&e[i].score);
    entry_make(&e[0], "t2", p[0], label, COUNT, 10);
    assert_int_equal(fc_class_compare(e, 3, &error), NN_OK);
    assert_near(e[2].test.p, 0.5, 1e-12);
    fc_class_pronounce(e, 3, text, sizeof text, &beats);
    assert_false(beats);
    assert_non_null(strstr(text, "may be chance"));
    for (int i = 0; i < 3; i++)
        fc_class_score_clear(&e[i].score);
    entry_make(&e[0], "t2", p[0], label, COUNT, 12);
    assert_int_equal(fc_class_compare(e, 3, &error), NN_OK);
    fc_class_pronounce(e, 3, text, sizeof text, &beats);
    assert_false(beats);
    assert_non_null(strstr(text, "t2 does NOT beat the most accurate baseline, nearest mean"));
    for (int i = 0; i < 3; i++)
        fc_class_score_clear(&e[i].score);
}

/* Wilson's interval by its definition: the share lies 1.96 deviations of the true share away; and worked out
 * by hand. */
static void test_wilson(void **state)
{
    (void)state;
    const double cases[][2] = {{0, 10}, {10, 10}, {3, 10}, {812, 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double share = cases[i][0] / cases[i][1];
        const fc_between b = fc_wilson(cases[i][0], cases[i][1]);
        const double ends[] = {b.low, b.high};
        for (int k = 0; k < 2; k++)
            if (ends[k] > 1e-9 && ends[k] < 1 - 1e-9)
                assert_float_equal(fabs(share - ends[k]),
                                   1.959963984540054 * sqrt(ends[k] * (1 - ends[k]) / cases[i][1]), 1e-9);
        assert_true(b.low <= share + 1e-12 && share <= b.high + 1e-12);
    }
    assert_float_equal(fc_wilson(3, 10).low, 0.1077913, 1e-6);
    assert_float_equal(fc_wilson(3, 10).high, 0.6032219, 1e-6);
    assert_true(isnan(fc_wilson(0, 0).low));
}

/* Each score lies within its interval; four times the objects halve it; the same data give the same. */
static void test_intervals(void **state)
{
    (void)state;
    enum { CLASSES = 3, MOST = 1600 };
    static double p[MOST * CLASSES];
    static int label[MOST];
    fc_between width[2] = {{0}};
    for (size_t i = 0; i < MOST; i++) {
        label[i] = (int)(i % CLASSES);
        double sum = 0;
        for (size_t c = 0; c < CLASSES; c++)
            sum += p[i * CLASSES + c] =
                0.05 + nn_random_uniform(5, i * CLASSES + c) + ((int)c == label[i] ? 0.4 : 0);
        for (size_t c = 0; c < CLASSES; c++)
            p[i * CLASSES + c] /= sum;
    }
    for (int k = 0; k < 2; k++) {
        const fc_class_data data = {.p = p, .label = label, .count = k ? MOST : MOST / 4, .classes = CLASSES};
        fc_class_intervals one, again;
        fc_class_score score;
        nn_error error;
        assert_int_equal(fc_class_score_make(&score, &data, &error), NN_OK);
        assert_int_equal(fc_class_intervals_make(&one, &data, &error), NN_OK);
        assert_int_equal(fc_class_intervals_make(&again, &data, &error), NN_OK);
        assert_memory_equal(&one, &again, sizeof one);
        assert_true(one.accuracy.low < score.accuracy && score.accuracy < one.accuracy.high);
        assert_true(one.recall.low < score.recall && score.recall < one.recall.high);
        assert_true(one.f1.low < score.f1 && score.f1 < one.f1.high);
        assert_true(one.auc.low < score.auc && score.auc < one.auc.high);
        assert_true(one.log_loss.low < score.log_loss && score.log_loss < one.log_loss.high);
        /* the balanced accuracy of classes of one size is the accuracy */
        assert_float_equal(one.recall.high - one.recall.low, one.accuracy.high - one.accuracy.low, 0.012);
        width[k] = (fc_between){one.auc.high - one.auc.low, one.log_loss.high - one.log_loss.low};
        fc_class_score_clear(&score);
    }
    assert_true(fabs(width[0].low / width[1].low - 2) < 0.4);
    assert_true(fabs(width[0].high / width[1].high - 2) < 0.4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wilson),
                                       cmocka_unit_test(test_intervals),
                                       cmocka_unit_test(test_by_hand),
                                       cmocka_unit_test(test_missing_class),
                                       cmocka_unit_test(test_clipping),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_plasticc),
                                       cmocka_unit_test(test_areas),
                                       cmocka_unit_test(test_area_ends),
                                       cmocka_unit_test(test_reliability),
                                       cmocka_unit_test(test_temperature),
                                       cmocka_unit_test(test_novelty),
                                       cmocka_unit_test(test_novelty_is_no_rounding),
                                       cmocka_unit_test(test_novelty_of_a_constant),
                                       cmocka_unit_test(test_baselines),
                                       cmocka_unit_test(test_verdict)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
