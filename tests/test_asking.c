/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which labels to ask for next: doubts, an obviously right slow twin of the choice, and what it must do on
 * crowds. */
#include "cmocka_all.h"

#include "../forecast/statistics/asking.h"
#include "../lib/base/random.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 60, WIDTH = 3, ASKED = 12 };

static void test_doubts(void **state)
{
    (void)state;
    const double even[] = {0.25, 0.25, 0.25, 0.25}, sure[] = {0, 1, 0, 0}, two[] = {0.5, 0.1, 0.4, 0};
    assert_float_equal(fc_doubt_of(FC_DOUBT_MARGIN, even, 4, 0), 1, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_MARGIN, sure, 4, 0), 0, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_MARGIN, two, 4, 0), 0.9, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_ENTROPY, even, 4, 0), 1, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_ENTROPY, sure, 4, 0), 0, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_ENTROPY, two, 4, 0),
                       -(0.5 * log(0.5) + 0.1 * log(0.1) + 0.4 * log(0.4)) / log(4), 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_NOVELTY, two, 4, 0.7), 0.7, 1e-12);
    assert_float_equal(fc_doubt_of(FC_DOUBT_NOVELTY, two, 4, NAN), 0, 1e-12);
}

typedef struct crowd {
    float place[COUNT * WIDTH];
    double doubt[COUNT];
    bool known[COUNT];
    fc_candidates candidates;
} crowd;

static void make_crowd(crowd *c, bool some_known)
{
    for (size_t i = 0; i < COUNT; i++) {
        c->doubt[i] = nn_random_uniform(3, i);
        c->known[i] = some_known && i % 7 == 0;
        for (size_t k = 0; k < WIDTH; k++)
            c->place[i * WIDTH + k] = (float)(nn_random_uniform(4, i * WIDTH + k) * (k == 1 ? 100 : 1));
    }
    c->candidates = (fc_candidates){c->place, c->doubt, some_known ? c->known : NULL, COUNT, WIDTH};
}

/* The deviation of a number over all objects. */
static double deviation(const crowd *c, size_t k)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < COUNT; i++)
        mean += (double)c->place[i * WIDTH + k] / COUNT;
    for (size_t i = 0; i < COUNT; i++)
        squares += pow((double)c->place[i * WIDTH + k] - mean, 2);
    return sqrt(squares / COUNT);
}

static double slow_distance(const crowd *c, size_t i, const bool *covered)
{
    double nearest = INFINITY;
    for (size_t j = 0; j < COUNT; j++) {
        double sum = 0;
        for (size_t k = 0; k < WIDTH; k++)
            sum += pow((double)(c->place[i * WIDTH + k] - c->place[j * WIDTH + k]) / deviation(c, k), 2);
        if (covered[j])
            nearest = fmin(nearest, sqrt(sum / (2 * WIDTH)));
    }
    return nearest;
}

static void compare(bool some_known)
{
    crowd c;
    fc_question asked[ASKED];
    bool covered[COUNT] = {false};
    make_crowd(&c, some_known);
    assert_int_equal(fc_ask(asked, ASKED, &c.candidates, true, NULL), ASKED);
    for (size_t i = 0; i < COUNT; i++)
        covered[i] = some_known && c.known[i];
    for (int n = 0; n < ASKED; n++) {
        double most = -1;
        size_t best = 0;
        for (size_t i = 0; i < COUNT; i++) {
            const double worth =
                covered[i] ? -2 : c.doubt[i] * fmin(1, slow_distance(&c, i, covered) / FC_ASK_APART);
            if (worth > most) {
                most = worth;
                best = i;
            }
        }
        assert_int_equal(asked[n].object, best);
        assert_float_equal(asked[n].doubt, c.doubt[best], 0);
        if (n || some_known) {
            assert_float_equal(asked[n].distance, slow_distance(&c, best, covered), 1e-6);
            assert_true(covered[asked[n].nearest]);
        } else {
            assert_true(isnan(asked[n].distance));
        }
        covered[best] = true;
    }
}

static void test_twin(void **state)
{
    (void)state;
    compare(false);
    compare(true);
}

/* By doubt alone: in its order, the known ones left out. */
static void test_without_spread(void **state)
{
    (void)state;
    crowd c;
    fc_question asked[COUNT];
    make_crowd(&c, true);
    const long count = fc_ask(asked, COUNT, &c.candidates, false, NULL);
    assert_int_equal(count, COUNT - (COUNT + 6) / 7);
    for (long n = 1; n < count; n++)
        assert_true(asked[n].doubt <= asked[n - 1].doubt);
    for (long n = 0; n < count; n++)
        assert_false(c.known[asked[n].object]);
}

/* Two crowds of the same doubt, one ten times as large: the second question goes to the other crowd. */
static void test_crowds(void **state)
{
    (void)state;
    float place[22];
    double doubt[22];
    for (int i = 0; i < 22; i++) {
        place[i] = i < 20 ? (float)i * 1e-3f : 10 + (float)i * 1e-3f;
        doubt[i] = i == 3 ? 0.9 : 0.8;
    }
    fc_question asked[2];
    const fc_candidates candidates = {place, doubt, NULL, 22, 1};
    assert_int_equal(fc_ask(asked, 2, &candidates, true, NULL), 2);
    assert_int_equal(asked[0].object, 3);
    assert_true(asked[1].object >= 20);
    /* what never varies is no place */
    float same[22] = {0};
    const fc_candidates flat = {same, doubt, NULL, 22, 1};
    assert_int_equal(fc_ask(asked, 2, &flat, true, NULL), 2);
    assert_int_not_equal(asked[0].object, asked[1].object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_doubts), cmocka_unit_test(test_twin),
                                       cmocka_unit_test(test_without_spread), cmocka_unit_test(test_crowds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
