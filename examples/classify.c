/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifies a light curve from arrays:
 * cc classify.c $(pkg-config --cflags --libs auspex) -lm -o classify && ./classify CLASSIFIER */
#include <auspex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 48 };

int main(int count, char **arguments)
{
    auspex_error error = {0};
    auspex_classifier *classifier;
    if (count != 2 || auspex_classifier_open(&classifier, arguments[1], &error)) {
        fprintf(stderr, "%s\n", count == 2 ? error.text : "usage: classify CLASSIFIER");
        return 1;
    }
    /* Your own object goes here: this one rises for a fortnight and fades for two months. */
    double time[POINTS], flux[POINTS], noise[POINTS], redshift[] = {0.2, 0.05};
    int band[POINTS];
    for (int i = 0; i < POINTS; i++) {
        double days = 3 * i - 40;
        time[i] = 60000 + days;
        band[i] = i % auspex_classifier_bands(classifier);
        flux[i] = 300 * exp(-0.5 * pow(days / (days < 0 ? 7 : 25), 2));
        noise[i] = 5;
    }
    const auspex_lightcurve curve = {.id = "mine",
                                     .points = POINTS,
                                     .time = time,
                                     .flux = flux,
                                     .error = noise,
                                     .band = band,
                                     .redshift = redshift};
    /* One session per thread, for any number of objects. */
    auspex_session *session = NULL;
    auspex_classification result;
    const int classes = auspex_classifier_classes(classifier);
    double *probabilities = calloc((size_t)classes, sizeof *probabilities);
    int failed = !probabilities || auspex_session_open(&session, classifier, &error) ||
                 auspex_classify(session, &curve, probabilities, &result, &error);
    if (failed)
        fprintf(stderr, "%s\n", *error.text ? error.text : "no memory");
    for (int c = 0; c < classes && !failed; c++)
        printf("%s,%.6g\n", auspex_classifier_class_name(classifier, c), probabilities[c]);
    if (!failed)
        printf("novelty,%.4f\nstatus,%s\n", result.novelty, auspex_status_name(result.status));
    auspex_session_close(session);
    auspex_classifier_close(classifier);
    free(probabilities);
    return failed;
}
