/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classification of arrays in the installed library beside the program, on the bundled sample. */
#include "tests/api_sky.h"

#include <locale.h>

/* --- arrays --- */

/* The line of the program's table that these numbers are. */
static void print_line(char *line, size_t size, const auspex_classifier *classifier, const char *id,
                       const double *p, const auspex_classification *r)
{
    int n = snprintf(line, size, "%s", id);
    for (int c = 0; c < CLASSES; c++)
        n += r->class_index < 0 ? snprintf(line + n, size - (size_t)n, ",")
                                : snprintf(line + n, size - (size_t)n, ",%.6g", p[c]);
    const char *name = auspex_classifier_class_name(classifier, r->class_index);
    n += snprintf(line + n, size - (size_t)n, ",%s,", name ? name : "");
    if (!isnan(r->novelty))
        n += snprintf(line + n, size - (size_t)n, "%.4f", r->novelty);
    snprintf(line + n, size - (size_t)n, ",%s", auspex_status_name(r->status));
}

static void compare_with_program(const char *table, bool redshifts, int objects)
{
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    char *copy = strdup(table), *rest = copy, line[500];
    assert_non_null(copy);
    strsep(&rest, "\n");
    for (int n = 0; n < objects; n++) {
        auspex_error error = {.code = 5};
        auspex_classification r;
        auspex_lightcurve curve = curve_of(&f.objects[n]);
        double p[CLASSES];
        if (!redshifts)
            curve.redshift = NULL;
        if (auspex_classify(session, &curve, p, &r, &error))
            fail_msg("%s", error.text);
        assert_int_equal(error.code, 5);
        assert_int_equal(r.used, f.objects[n].points);
        print_line(line, sizeof line, classifier, f.objects[n].id, p, &r);
        assert_string_equal(line, strsep(&rest, "\n"));
    }
    assert_true(objects < OBJECTS || *rest == '\0');
    free(copy);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void arrays_give_what_the_program_writes(void **state)
{
    (void)state;
    compare_with_program(f.with, true, OBJECTS);
    compare_with_program(f.without, false, 20);
}

static void same(const answer *a, const answer *b)
{
    assert_memory_equal(a->p, b->p, sizeof a->p);
    assert_int_equal(a->r.status, b->r.status);
    assert_int_equal(a->r.class_index, b->r.class_index);
    assert_memory_equal(&a->r.novelty, &b->r.novelty, sizeof a->r.novelty);
    assert_int_equal(a->r.used, b->r.used);
}

/* Rows in another order, names in place of indices, points that are left out: the same answer. */
static void forms_of_an_object_make_no_difference(void **state)
{
    (void)state;
    static const char *const names[BANDS + 1] = {"lsstu", "g", "LSST-r", "i", "4", "y", "no filter"};
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    object *turned = calloc(1, sizeof *turned);
    const char *band_names[MOST];
    for (int n = 0; n < 8; n++) {
        const object *o = &f.objects[n];
        auspex_lightcurve curve = curve_of(o);
        const answer want = ask(session, &curve);
        assert_in_range(o->points, 1, MOST - 6);
        *turned = *o;
        for (size_t i = 0; i < o->points; i++) {
            const size_t from = o->points - 1 - i;
            turned->time[i] = o->time[from];
            turned->flux[i] = o->flux[from];
            turned->error[i] = o->error[from];
            turned->detected[i] = o->detected[from];
            band_names[i] = names[turned->band[i] = o->band[from]];
        }
        curve = curve_of(turned);
        answer other = ask(session, &curve);
        same(&want, &other);
        for (size_t i = o->points; i < o->points + 6; i++) {
            turned->time[i] = i == o->points ? NAN : 59000;
            turned->flux[i] = i == o->points + 1 ? INFINITY : 1e6;
            turned->error[i] = i == o->points + 2   ? NAN
                               : i == o->points + 3 ? 0
                               : i == o->points + 4 ? -1
                                                    : 1;
            turned->detected[i] = 1;
            turned->band[i] = i == o->points + 5 ? -1 : 0;
            band_names[i] = names[i == o->points + 5 ? BANDS : 0];
        }
        curve = curve_of(turned);
        curve.points += 6;
        other = ask(session, &curve);
        same(&want, &other);
        curve.band = NULL;
        curve.band_name = band_names;
        curve.id = NULL;
        other = ask(session, &curve);
        same(&want, &other);
    }
    free(turned);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void detections_and_redshifts_matter(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    const double none[] = {NAN, NAN}, far[] = {2, 0.1};
    unsigned char by_ratio[MOST];
    int by_column = 0;
    for (int n = 0; n < 8; n++) {
        const object *o = &f.objects[n];
        auspex_lightcurve curve = curve_of(o);
        for (size_t i = 0; i < o->points; i++)
            by_ratio[i] = fabs(o->flux[i]) >= 5 * o->error[i];
        curve.redshift = NULL;
        const answer by_survey = ask(session, &curve);
        curve.redshift = none;
        const answer unknown = ask(session, &curve);
        same(&by_survey, &unknown);
        curve.redshift = far;
        const answer distant = ask(session, &curve);
        assert_memory_not_equal(by_survey.p, distant.p, sizeof distant.p);
        curve.detected = by_ratio;
        const answer given = ask(session, &curve);
        curve.detected = NULL;
        const answer found = ask(session, &curve);
        same(&given, &found);
        by_column += memcmp(found.p, distant.p, sizeof found.p) != 0;
    }
    assert_true(by_column > 0);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void not_classified(auspex_session *session, const auspex_lightcurve *curve, int status)
{
    const answer a = ask(session, curve);
    assert_int_equal(a.r.status, status);
    assert_int_equal(a.r.class_index, -1);
    assert_true(isnan(a.r.novelty));
    for (int c = 0; c < CLASSES; c++)
        assert_true(isnan(a.p[c]));
}

static void objects_without_an_answer_have_a_status(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    object *o = calloc(1, sizeof *o);
    *o = f.objects[0];
    const auspex_lightcurve before = curve_of(&f.objects[1]);
    const answer want = ask(session, &before);
    auspex_lightcurve curve = {0};
    not_classified(session, &curve, AUSPEX_EMPTY);
    curve = curve_of(o);
    memset(o->detected, 0, sizeof o->detected);
    not_classified(session, &curve, AUSPEX_UNDETECTED);
    o->detected[0] = 1;
    o->flux[0] = 1e300;
    not_classified(session, &curve, AUSPEX_UNCLASSIFIABLE);
    *o = f.objects[0];
    o->redshift[0] = 1e300;
    not_classified(session, &curve, AUSPEX_UNCLASSIFIABLE);
    for (size_t i = 0; i < o->points; i++)
        o->band[i] = -1;
    not_classified(session, &curve, AUSPEX_EMPTY);
    const answer after = ask(session, &before);
    same(&want, &after);
    free(o);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

/* The call fails and writes nothing, and the session goes on as before. */
static void refuse(auspex_session *session, const auspex_lightcurve *curve, int code, const char *part)
{
    auspex_error error = {0};
    answer a, before;
    memset(&before, 0x5a, sizeof before);
    memset(&a, 0x5a, sizeof a);
    assert_int_equal(auspex_classify(session, curve, a.p, &a.r, &error), code);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_memory_equal(&a, &before, sizeof a);
    assert_int_equal(auspex_classify(session, curve, NULL, NULL, NULL), code);
}

static void arrays_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    const auspex_lightcurve good = curve_of(&f.objects[0]);
    const answer want = ask(session, &good);
    const char *names[MOST] = {"u", "g", NULL};
    int band[MOST] = {0, 1, 5, BANDS};
    const double infinite[] = {0.1, INFINITY};
    auspex_lightcurve curve;
    refuse(NULL, &good, AUSPEX_USAGE, "session is NULL");
    refuse(session, NULL, AUSPEX_USAGE, "lightcurve is NULL");
    curve = good;
    curve.time = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "time is NULL");
    curve = good;
    curve.flux = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "flux is NULL");
    curve = good;
    curve.error = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "error is NULL");
    curve = good;
    curve.band = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "band and band_name are both NULL");
    curve.band_name = names;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band_name: point 2 has NULL");
    curve = good;
    curve.band = band;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band: point 3 has 6; expected 0 to 5");
    band[1] = -2;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band: point 1 has -2");
    curve = good;
    curve.redshift = infinite;
    refuse(session, &curve, AUSPEX_BAD_DATA, "redshift: number 1 is infinite");
    curve = good;
    curve.points = (size_t)INT32_MAX + 1;
    refuse(session, &curve, AUSPEX_USAGE, "2147483648 points");
    const answer after = ask(session, &good);
    same(&want, &after);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

int main(int count, char **arguments)
{
    /* The program's tests run in a folder of their own. */
    if (count != 2 || program_set_up(arguments[1])) {
        fputs("usage: test_api_classify_arrays PROGRAM\n", stderr);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_give_what_the_program_writes),
        cmocka_unit_test(forms_of_an_object_make_no_difference),
        cmocka_unit_test(detections_and_redshifts_matter),
        cmocka_unit_test(objects_without_an_answer_have_a_status),
        cmocka_unit_test(arrays_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
