/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts from an array: cc forecast.c $(pkg-config --cflags --libs auspex) -lm -o forecast && ./forecast
 * MODEL */
#include <auspex.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
    auspex_error error = {0};
    auspex_model *model;
    if (count != 2 || auspex_model_open(&model, arguments[1], &error)) {
        fprintf(stderr, "%s\n", count == 2 ? error.text : "usage: forecast MODEL");
        return 1;
    }
    /* Your own data goes here: the last rows of every series, oldest first, and their stamps. */
    const int rows = auspex_model_lookback(model), columns = auspex_model_columns(model);
    const int steps = auspex_model_horizon(model), targets = auspex_model_targets(model);
    double *values = calloc((size_t)rows * (size_t)columns, sizeof *values);
    int64_t *time = calloc((size_t)(rows + steps), sizeof *time);
    double *forecast = calloc((size_t)steps * (size_t)targets, sizeof *forecast);
    for (int r = 0; values && time && r < rows; r++) {
        time[r] = (int64_t)r * 3600 * 1000000; /* hours from 1970 on */
        for (int c = 0; c < columns; c++)
            values[r * columns + c] = 10 + c + sin(r * 6.283185 / 24);
    }
    int failed = !values || !time || !forecast ||
                 auspex_forecast(model, values, time, (size_t)rows, steps, forecast, time + rows, &error);
    if (failed)
        fprintf(stderr, "%s\n", *error.text ? error.text : "no memory");
    for (int s = 0; s < steps && !failed; s++) {
        printf("%" PRId64, time[rows + s]);
        for (int k = 0; k < targets; k++)
            printf(",%g", forecast[s * targets + k]);
        printf("\n");
    }
    free(values), free(time), free(forecast);
    auspex_model_close(model);
    return failed;
}
