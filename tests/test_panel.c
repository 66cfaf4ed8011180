/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stations, adjacency, and tables as panels. */
#include "datasets/stations/panel.h"
#include "datasets/table/write.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

static const char *write_file(const char *name, const char *text)
{
    static char paths[4][300];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s", csv_write_bytes(name, text, strlen(text)));
    return path;
}

static void says(const nn_error *error, int code, const char *what)
{
    assert_int_equal(error->code, code);
    if (!strstr(error->text, what))
        fail_msg("'%s' does not say '%s'", error->text, what);
    assert_null(strpbrk(error->text, "\r\n"));
}

/* --- stations --- */

static char *abc[] = {"a", "b", "c"};

static ds_stations *stations_of(const char *text)
{
    ds_stations *s;
    nn_error error = {0};
    if (ds_stations_read(&s, write_file("s.csv", text), abc, 3, &error))
        fail_msg("%s", error.text);
    return s;
}

static void stations_fail(const char *text, const char *what)
{
    ds_stations *s = (ds_stations *)1;
    nn_error error = {0};
    assert_int_equal(ds_stations_read(&s, write_file("s.csv", text), abc, 3, &error), NN_BAD_DATA);
    assert_null(s);
    says(&error, NN_BAD_DATA, what);
}

static void test_plane(void **state)
{
    (void)state;
    /* Another order, another order of columns, a byte order mark, a text column, an attribute with a gap. */
    ds_stations *s =
        stations_of("\xef\xbb\xbfkind,Y,height,id,X\nt,4,10,c,0\nu,0,,a,0\nv,0,30,d,9\nw,0,20,b,3\n");
    assert_int_equal(s->count, 3);
    assert_int_equal(s->unused, 1);
    assert_false(s->spherical);
    assert_string_equal(s->ids[0], "a");
    assert_true(s->x[1] == 3 && s->y[2] == 4);
    assert_true(ds_stations_distance(s, 1, 2) == 5);
    assert_int_equal(s->attributes, 1);
    assert_string_equal(s->attribute_names[0], "height");
    assert_true(isnan(s->attribute[0]) && s->attribute[1] == 20 && s->attribute[2] == 10);
    int nearest[3];
    assert_int_equal(ds_stations_nearest(s, 0, 5, nearest), 2);
    assert_int_equal(nearest[0], 1);
    assert_int_equal(nearest[1], 2);
    assert_int_equal(ds_stations_nearest(s, 2, 1, nearest), 1);
    assert_int_equal(nearest[0], 0);
    ds_stations_free(s);
}

static void test_sphere(void **state)
{
    (void)state;
    /* A degree along a meridian and, on the equator, across the date line; a quarter of the earth. */
    ds_stations *s = stations_of("id,lat,lon\na,0,179.5\nb,0,-179.5\nc,1,179.5\n");
    const double degree = M_PI / 180 * DS_EARTH_RADIUS;
    assert_true(s->spherical);
    assert_true(fabs(ds_stations_distance(s, 0, 1) / degree - 1) < 1e-12);
    assert_true(fabs(ds_stations_distance(s, 0, 2) / degree - 1) < 1e-12);
    assert_true(fabs((s->x[1] - s->x[0]) / degree - 1) < 1e-3);
    assert_true(fabs((s->y[2] - s->y[0]) / degree - 1) < 1e-12);
    ds_stations_free(s);
    s = stations_of("Longitude,Latitude,name\n0,90,a\n0,0,b\n270,0,c\n");
    assert_true(fabs(ds_stations_distance(s, 0, 1) - 90 * degree) < 1e-3);
    assert_true(fabs(ds_stations_distance(s, 1, 2) - 90 * degree) < 1e-3);
    ds_stations_free(s);
}

static void test_bad_stations(void **state)
{
    (void)state;
    stations_fail("id,x,y\na,1,2\nb,1,2\n", "no row for 1 of the data's 3 stations: 'c'");
    stations_fail("id,x,y\nA,1,2\nB,1,2\nC,3,4\n", "no row for 3 of the data's 3 stations: 'a', 'b', 'c'");
    stations_fail("id,x,y\na,1,2\nb,,2\nc,3,4\n", "s.csv:3:2: station 'b' has no x");
    stations_fail("id,lat,lon\na,1,2\nb,1,x\nc,3,4\n",
                  "s.csv:3:3: station 'b' has no lon: 'x' is not a number");
    stations_fail("id,lat,lon\na,1,2\nb,91,2\nc,3,4\n", "s.csv:3:2: station 'b' has lat 91");
    stations_fail("id,east,north\na,1,2\n",
                  "no coordinates: expected columns x and y, or lat and lon, found id, east");
    stations_fail("x,y\n1,2\n", "no column of ids");
    stations_fail("id,x,y\n", "no stations after the header");
    stations_fail("", "empty");
    stations_fail("id,x,y\na,1,2\nb,1,2\nc,3,4\nb,1,2\n", "s.csv:5:1: station 'b' stands on line 3 already");
    stations_fail("id,x,y\na,1\n", "2 fields where the first line has 3");
}

/* Slow twin: sort all distances. */
static void test_gaussian(void **state)
{
    (void)state;
    enum { N = 12, K = 3 };
    char text[1000] = "id,x,y\n";
    char ids[N][8], *names[N];
    for (int i = 0; i < N; i++) {
        names[i] = ids[i];
        snprintf(ids[i], sizeof ids[i], "s%d", i);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s,%d,%d\n", ids[i], i * i % 17 * 3,
                 i * 7 % 11 * 5);
    }
    ds_stations *s;
    nn_error error = {0};
    double w[N * N], sum = 0, square = 0;
    if (ds_stations_read(&s, write_file("s.csv", text), names, N, &error))
        fail_msg("%s", error.text);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            if (i != j) {
                sum += ds_stations_distance(s, i, j);
                square += pow(ds_stations_distance(s, i, j), 2);
            }
    const double pairs = N * (N - 1), mean = sum / pairs, sigma = sqrt(square / pairs - mean * mean);
    assert_int_equal(ds_stations_gaussian(s, K, 0, w, &error), NN_OK);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int before_j = 0, before_i = 0; /* how many stations are nearer */
            const double d = ds_stations_distance(s, i, j);
            for (int m = 0; m < N; m++) {
                const double e = ds_stations_distance(s, i, m), f = ds_stations_distance(s, j, m);
                before_j += m != i && (e < d || (e == d && m < j));
                before_i += m != j && (f < d || (f == d && m < i));
            }
            const bool joined = i == j || before_j < K || before_i < K;
            const double want = joined ? exp(-(d / sigma) * (d / sigma)) : 0;
            if (!(fabs(w[i * N + j] - want) < 1e-12))
                fail_msg("%d %d: %g, not %g", i, j, w[i * N + j], want);
        }
    assert_int_equal(ds_stations_gaussian(s, 0, 10, w, &error), NN_OK);
    assert_true(fabs(w[1] - exp(-pow(ds_stations_distance(s, 0, 1) / 10, 2))) < 1e-15);
    ds_stations_free(s);
}

/* --- adjacency --- */

static void adjacency_is(const char *text, const double want[9])
{
    double *a;
    nn_error error = {0};
    if (ds_adjacency_read(&a, write_file("a.csv", text), abc, 3, &error))
        fail_msg("%s", error.text);
    for (int i = 0; i < 9; i++)
        if (a[i] != want[i])
            fail_msg("cell %d: %g, not %g", i, a[i], want[i]);
    free(a);
}

static void adjacency_fails(const char *text, const char *what)
{
    double *a = (double *)1;
    nn_error error = {0};
    assert_int_equal(ds_adjacency_read(&a, write_file("a.csv", text), abc, 3, &error), NN_BAD_DATA);
    assert_null(a);
    says(&error, NN_BAD_DATA, what);
}

static void test_adjacency(void **state)
{
    (void)state;
    static const double want[9] = {1, .5, 0, .25, 1, .125, 0, 0, 1};
    adjacency_is("1,.5,0\n.25,1,.125\n0,0,1\n", want);
    adjacency_is("\xef\xbb\xbf"
                 "a,b,c\n1,.5,0\n.25,1,.125\n0,0,1\n",
                 want);
    adjacency_is(",c,a,b\nb,.125,.25,1\na,0,1,.5\nc,1,0,0\n", want);
    adjacency_is("c,a,b\n1,0,0\n0,1,.5\n.125,.25,1\n", want);
    adjacency_is("a,1,.5,0\nc,0,0,1\nb,.25,1,.125\n", want);
    adjacency_fails("1,.5,0\n.25,1,.125\n", "2 rows; the data have 3 stations");
    adjacency_fails("1,.5,0\n.25,1,.125\n0,0,1\n0,0,1\n", "rows; the data have 3 stations");
    adjacency_fails("1,.5,0\n.25,1,.125\n0,0,1\n0,0,1\n0,0,1\n", "more rows than the data's 3 stations");
    adjacency_fails("1,.5\n.25,1\n", "2 fields; an adjacency of the data's 3 stations has 3");
    adjacency_fails("1,.5,0\n.25,x,.125\n0,0,1\n", "a.csv:2:2: 'x' is not a weight");
    adjacency_fails("1,.5,0\n.25,-1,.125\n0,0,1\n", "a.csv:2:2: '-1' is not a weight");
    adjacency_fails("a,b,d\n1,.5,0\n.25,1,.125\n0,0,1\n", "a.csv:1:3: the data have no station 'd'");
    adjacency_fails("a,1,.5,0\nd,0,0,1\nb,.25,1,.125\n", "a.csv:2:1: the data have no station 'd'");
    adjacency_fails("a,1,.5,0\na,0,0,1\nb,.25,1,.125\n", "station 'a' stands there twice");
    adjacency_fails("", "rows; the data have");
}

static void test_parts(void **state)
{
    (void)state;
    char *names[] = {"a", "b", "c", "d"};
    double a[16] = {0};
    int part[4];
    nn_error error = {0};
    assert_int_equal(ds_adjacency_components(a, 4, part), 4);
    a[0 * 4 + 2] = 1;
    a[3 * 4 + 2] = 1; /* one direction is enough */
    assert_int_equal(ds_adjacency_components(a, 4, part), 2);
    assert_true(part[0] == 0 && part[1] == 1 && part[2] == 0 && part[3] == 0);
    assert_int_equal(ds_adjacency_check(a, names, 4, "a.csv", &error), NN_BAD_DATA);
    says(&error, NN_BAD_DATA,
         "a.csv: the network falls into 2 parts: 'b' is not joined to the other 3 stations");
    a[1 * 4 + 0] = 0.1;
    assert_int_equal(ds_adjacency_check(a, names, 4, "a.csv", &error), NN_OK);
}

/* --- panels --- */

static ds_table *table_of(const char *text, const ds_read_options *options)
{
    ds_table *t;
    nn_error error = {0};
    ds_read_options own = options ? *options : (ds_read_options){0};
    own.on_missing = DS_KEEP;
    if (ds_table_read(&t, write_file("t.csv", text), &own, &error))
        fail_msg("%s", error.text);
    return t;
}

static ds_panel *panel_of(const ds_table *t, const ds_stations *s, const ds_panel_options *options)
{
    ds_panel *p;
    nn_error error = {0};
    if (ds_panel_make(&p, t, s, options, &error))
        fail_msg("%s", error.text);
    return p;
}

static void panel_fails(const ds_table *t, const ds_stations *s, const ds_panel_options *options, int code,
                        const char *what)
{
    ds_panel *p = (ds_panel *)1;
    nn_error error = {0};
    assert_int_equal(ds_panel_make(&p, t, s, options, &error), code);
    assert_null(p);
    says(&error, code, what);
}

static void test_shapes(void **state)
{
    (void)state;
    ds_table *t = table_of("time,a,b\n2020-01-01,1,2\n2020-01-02,3,4\n", NULL);
    ds_panel *p = panel_of(t, NULL, NULL);
    assert_true(p->count == 2 && p->variables == 1 && p->y[3] == 4);
    assert_string_equal(p->variable[0].name, "value");
    ds_panel_free(p);
    ds_table_free(t);
    /* id/variable, in any order; a slash within an id */
    t = table_of("time,n/a/w,b/w,n/a/p,b/p\n2020-01-01,1,2,3,4\n2020-01-02,5,6,7,8\n", NULL);
    p = panel_of(t, NULL, &(ds_panel_options){.target = "p"});
    assert_true(p->count == 2 && p->variables == 2);
    assert_string_equal(p->ids[0], "n/a");
    assert_true(p->y[0] == 3 && p->y[1] == 4 && p->y[3] == 8);
    assert_true(ds_panel_value(p, 1, 1, ds_panel_variable_find(p, "w")) == 6);
    ds_panel_free(p);
    ds_table_free(t);
    t = table_of("time,a/w,b/w,a/p\n2020-01-01,1,2,3\n2020-01-02,5,6,7\n", NULL);
    panel_fails(t, NULL, NULL, NN_BAD_DATA, "station 'b' has no column 'b/p'");
    ds_table_free(t);
    /* every name has a slash, but nothing is common to the stations */
    t = table_of("time,n/a,n/b,n/c\n2020-01-01,1,2,3\n2020-01-02,5,6,7\n", NULL);
    p = panel_of(t, NULL, &(ds_panel_options){.target = "b"});
    assert_true(p->count == 1 && p->variables == 3);
    ds_panel_free(p);
    ds_table_free(t);
    t = table_of("time,km/h east,m/s west\n2020-01-01,1,2\n2020-01-02,5,6\n", NULL);
    panel_fails(t, NULL, NULL, NN_BAD_DATA, "has no column");
    ds_table_free(t);
}

static const char long_text[] =
    "site,when,power,wind,height\n"
    "a,2020-01-01,-5,1,10\na,2020-01-02,,2,10\na,2020-01-03,3,,10\na,2020-01-04,4,4,10\n"
    "b,2020-01-01,1,1,20\nb,2020-01-02,2,2,20\nb,2020-01-03,30,3,20\n";

static void test_long(void **state)
{
    (void)state;
    ds_table *t = table_of(long_text, &(ds_read_options){.id = "site", .time = "when"});
    const ds_panel_options options = {
        .target = "power", .future = "wind", .statics = "height", .mask = "power > 20"};
    ds_panel *p = panel_of(t, NULL, &options);
    assert_int_equal(p->rows, 4);
    assert_true(p->variables == 2 && p->futures == 1 && p->static_count == 1);
    assert_true(p->static_values[0] == 10 && p->static_values[1] == 20);
    assert_int_equal(p->variable[1].role, DS_VIEW_FUTURE);
    static const uint8_t valid[8] = {1, 1, 0, 1, 1, 0, 1, 0};
    static const double last[8] = {-5, 1, -5, 2, 3, 2, 4, 2};
    for (int i = 0; i < 8; i++) {
        assert_int_equal(p->valid[i], valid[i]);
        assert_true(p->last[i] == last[i]);
    }
    assert_true(p->missing_count == 2 && p->masked_count == 1 && p->valid_count == 5);
    assert_int_equal(ds_panel_end(p), 4);
    ds_panel_free(p);
    panel_fails(t, NULL, NULL, NN_USAGE, "--target names the one to forecast: power, wind, height");
    panel_fails(t, NULL, &(ds_panel_options){.target = "Power"}, NN_USAGE,
                "there is no variable 'Power'; did you mean 'power'?; the variables are power");
    panel_fails(t, NULL, &(ds_panel_options){.target = "power", .future = "wind,sun"}, NN_USAGE,
                "--future: there is no variable 'sun'");
    panel_fails(t, NULL, &(ds_panel_options){.target = "power", .future = "power"}, NN_USAGE,
                "both the target and known-future");
    panel_fails(t, NULL, &(ds_panel_options){.target = "height", .statics = "height"}, NN_USAGE,
                "both the target and static");
    panel_fails(t, NULL, &(ds_panel_options){.target = "power", .statics = "wind"}, NN_BAD_DATA,
                "static variable 'wind' of station 'a' changes from 1 to 2");
    panel_fails(t, NULL, &(ds_panel_options){.target = "power", .mask = "sun>1"}, NN_USAGE,
                "--mask: rule 'sun>1', position 1: there is no column 'sun'");
    panel_fails(t, NULL, &(ds_panel_options){.target = "power", .mask = "height > 15"}, NN_BAD_DATA,
                "station 'b' has no valid value of 'power' in 4 rows (missing, or masked by --mask)");
    ds_table_free(t);
}

static void test_static_of_stations(void **state)
{
    (void)state;
    ds_table *t = table_of("time,a,b,c\n2020-01-01,1,2,3\n2020-01-02,1,,3\n", NULL);
    ds_stations *s = stations_of("id,x,y,h,g\na,0,0,5,1\nb,1,0,6,\nc,2,0,7,2\n");
    ds_panel *p = panel_of(t, s, &(ds_panel_options){.statics = "h"});
    assert_true(p->static_count == 1 && p->static_values[2] == 7 && p->variables == 1);
    ds_panel_free(p);
    panel_fails(t, s, &(ds_panel_options){.statics = "g"}, NN_BAD_DATA, "station 'b' has no g");
    ds_stations_free(s);
    ds_table_free(t);
    t = table_of("time,a,b\n2020-01-01,1,2\n2020-01-02,1,2\n", NULL);
    s = stations_of("id,x,y\na,0,0\nb,1,0\nc,2,0\n");
    panel_fails(t, s, NULL, NN_BAD_DATA, "has 3 stations");
    ds_stations_free(s);
    ds_table_free(t);
}

static void test_never_valid(void **state)
{
    (void)state;
    ds_table *t = table_of(
        "site,when,power,wind\na,2020-01-01,1,1\na,2020-01-02,2,2\nb,2020-01-01,,1\nb,2020-01-02,,2\n",
        &(ds_read_options){.id = "site", .time = "when"});
    panel_fails(t, NULL, &(ds_panel_options){.target = "power"}, NN_BAD_DATA,
                "t.csv: station 'b' has no valid value of 'power' in 2 rows");
    ds_table_free(t);
}

static void test_floor(void **state)
{
    (void)state;
    ds_table *t =
        table_of("site,when,Patv,Wspd,Wdir,Ndir,Pab1,Pab2,Pab3\n"
                 "1,2020-01-01,-3,1,0,0,1,1,1\n1,2020-01-02,-3,3,0,0,1,1,1\n1,2020-01-03,7,3,0,0,1,90,1\n"
                 "1,2020-01-04,7,3,0,0,1,1,1\n",
                 &(ds_read_options){.id = "site", .time = "when"});
    ds_panel *p = panel_of(t, NULL, &(ds_panel_options){.target = "Patv", .mask = "sdwpf-paper"});
    static const uint8_t valid[4] = {1, 0, 0, 1};
    for (int r = 0; r < 4; r++)
        assert_int_equal(p->valid[r], valid[r]);
    assert_true(p->y[0] == 0 && p->y[3] == 7);
    ds_panel_free(p);
    ds_table_free(t);
}

/* --- scaling and filling --- */

static void test_inputs(void **state)
{
    (void)state;
    ds_table *t = table_of(long_text, &(ds_read_options){.id = "site", .time = "when", .exclude = "height"});
    ds_panel *p =
        panel_of(t, NULL, &(ds_panel_options){.target = "power", .future = "wind", .mask = "power > 20"});
    ds_scaler scaler;
    nn_error error = {0};
    assert_int_equal(ds_panel_scaler_fit(&scaler, DS_STANDARD, p, (ds_part){0, 4}, &error), NN_OK);
    /* b's power of 30 is masked: neither it nor the wind of that row counts. */
    const int b_power = p->column[2], b_wind = p->column[3];
    assert_true(scaler.shift[b_power] == 1.5 && scaler.scale[b_power] == 0.5);
    assert_true(scaler.shift[b_wind] == 1.5 && scaler.scale[b_wind] == 0.5);
    float x[4 * 2 * 2];
    uint8_t known[4 * 2 * 2];
    ds_panel_inputs(p, &scaler, (ds_part){0, 4}, x, known);
    assert_true(x[0 * 4 + 2] == -1 && x[1 * 4 + 2] == 1 && x[2 * 4 + 2] == 1 && x[3 * 4 + 2] == 1);
    assert_true(known[1 * 4 + 2] == 1 && known[2 * 4 + 2] == 0 && known[3 * 4 + 2] == 0);
    assert_true(x[2 * 4 + 3] == 3 && known[2 * 4 + 3] == 1); /* the wind itself is there */
    /* A part of the rows is the same rows. */
    float part[2 * 2 * 2];
    ds_panel_inputs(p, &scaler, (ds_part){2, 4}, part, NULL);
    assert_memory_equal(part, x + 2 * 4, sizeof part);
    ds_scaler_clear(&scaler);
    /* Row 2 has no power of a: scaled as b's. Row 3 has no wind that counts anywhere. */
    assert_int_equal(ds_panel_scaler_fit(&scaler, DS_STANDARD, p, (ds_part){1, 2}, &error), NN_OK);
    assert_true(scaler.shift[p->column[0]] == 2 && scaler.scale[p->column[0]] == 1);
    ds_scaler_clear(&scaler);
    assert_int_equal(ds_panel_scaler_fit(&scaler, DS_STANDARD, p, (ds_part){2, 3}, &error), NN_BAD_DATA);
    says(&error, NN_BAD_DATA, "station 'a' has no valid value of 'wind' in the training rows 3 to 3");
    ds_panel_free(p);
    ds_table_free(t);
}

static void test_nothing_before(void **state)
{
    (void)state;
    ds_table *t = table_of("time,a,b\n2020-01-01,,2\n2020-01-02,3,4\n2020-01-03,5,4\n", NULL);
    ds_panel *p = panel_of(t, NULL, NULL);
    ds_scaler scaler;
    nn_error error = {0};
    float x[6];
    assert_int_equal(ds_panel_scaler_fit(&scaler, DS_STANDARD, p, (ds_part){0, 3}, &error), NN_OK);
    ds_panel_inputs(p, &scaler, (ds_part){0, 3}, x, NULL);
    assert_true(x[0] == 0 && x[2] == -1 && x[4] == 1);
    assert_true(isnan(p->last[0]) && p->last[2] == 3);
    ds_scaler_clear(&scaler);
    ds_panel_free(p);
    ds_table_free(t);
}

static void test_future(void **state)
{
    (void)state;
    ds_table *t = table_of("site,when,power,wind\n"
                           "a,2020-01-01,1,1\na,2020-01-02,2,2\na,2020-01-03,,3\na,2020-01-04,,4\n"
                           "b,2020-01-01,1,1\nb,2020-01-02,2,2\nb,2020-01-03,,3\n",
                           &(ds_read_options){.id = "site", .time = "when"});
    ds_panel *p = panel_of(t, NULL, &(ds_panel_options){.target = "power", .future = "wind"});
    nn_error error = {0};
    assert_int_equal(ds_panel_end(p), 2);
    assert_int_equal(ds_panel_check_future(p, 2, 1, &error), NN_OK);
    assert_int_equal(ds_panel_check_future(p, 2, 2, &error), NN_BAD_DATA);
    says(&error, NN_BAD_DATA,
         "known-future variable 'wind' of station 'b' has no value at 2020-01-04; a forecast of 2020-01-03 "
         "to 2020-01-04");
    assert_int_equal(ds_panel_check_future(p, 2, 4, &error), NN_BAD_DATA);
    says(&error, NN_BAD_DATA, "station 'a' has no value at 2020-01-05");
    ds_panel_free(p);
    ds_table_free(t);
}

/* --- days and clocks --- */

static void test_day_clock(void **state)
{
    (void)state;
    const char *text =
        "id,Day,clock,v\n1,1,23:40,1\n1,1,23:50,2\n1,2,0:00,3\n2,1,23:40,4\n2,1,23:50,5\n2,2,00:00,6\n";
    ds_table *t = table_of(text, &(ds_read_options){.id = "id", .time = "Day,clock"});
    assert_int_equal(t->rows, 3);
    assert_int_equal(t->columns, 2);
    assert_int_equal(t->layout.format.kind, DS_TIME_DAY_CLOCK);
    assert_true(t->frequency.unit == DS_UNIT_MINUTE && t->frequency.count == 10);
    assert_int_equal(ds_civil_from(t->time[2]).hour, 0);
    char stamp[64];
    ds_time_print(&t->layout.format, t->time[1], stamp, sizeof stamp);
    assert_string_equal(stamp, "1 23:50");
    /* Written as it was read, and read again. */
    char *written = NULL;
    size_t size = 0;
    nn_error error = {0};
    FILE *stream = open_memstream(&written, &size);
    assert_int_equal(
        ds_write_csv(stream, t, (const int[]){0, 1}, 2, t->time, NULL, t->values, t->rows, &error), NN_OK);
    fclose(stream);
    assert_string_equal(
        written,
        "id,Day,clock,v\n1,1,23:40,1\n1,1,23:50,2\n1,2,00:00,3\n2,1,23:40,4\n2,1,23:50,5\n2,2,00:00,6\n");
    free(written);
    ds_table_free(t);
}

static void test_bad_day_clock(void **state)
{
    (void)state;
    static const struct {
        const char *time, *row, *say;
        int code;
    } cases[] = {
        {"Day,clock", "1,x,00:00,1", "t.csv:2:2: 'x' is not the number of a day", NN_BAD_DATA},
        {"Day,clock", "1,1.5,00:00,1", "is not the number of a day", NN_BAD_DATA},
        {"Day,clock", "1,1,760,1", "t.csv:2:3: '760' is not a time of day such as 07:50", NN_BAD_DATA},
        {"Day,clock", "1,1,07:60,1", "is not a time of day", NN_BAD_DATA},
        {"Day,clock", "1,1,25:00,1", "is not a time of day", NN_BAD_DATA},
        {"Day,clock", "1,1,07:5,1", "is not a time of day", NN_BAD_DATA},
        {"Day,clock", "1,1,,1", "is not a time of day", NN_BAD_DATA},
        {"Day,clock", "1,1,07:00:00:00,1", "is not a time of day", NN_BAD_DATA},
        {"Day,hour", "1,1,07:00,1", "--time: there is no column 'hour'", NN_USAGE},
        {"Day,clock,Day", "1,1,07:00,1", "names a column twice", NN_USAGE},
        {"Day,Day", "1,1,07:00,1", "names a column twice", NN_USAGE},
        {"Day,id", "1,1,07:00,1", "cannot be both the time and the id", NN_USAGE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        ds_table *t;
        nn_error error = {0};
        snprintf(text, sizeof text, "id,Day,clock,v\n%s\n", cases[i].row);
        const ds_read_options options = {.id = "id", .time = cases[i].time};
        assert_int_equal(ds_table_read(&t, write_file("t.csv", text), &options, &error), cases[i].code);
        says(&error, cases[i].code, cases[i].say);
    }
}

static int remove_files(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plane),
                                       cmocka_unit_test(test_sphere),
                                       cmocka_unit_test(test_bad_stations),
                                       cmocka_unit_test(test_gaussian),
                                       cmocka_unit_test(test_adjacency),
                                       cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_shapes),
                                       cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_static_of_stations),
                                       cmocka_unit_test(test_never_valid),
                                       cmocka_unit_test(test_floor),
                                       cmocka_unit_test(test_inputs),
                                       cmocka_unit_test(test_nothing_before),
                                       cmocka_unit_test(test_future),
                                       cmocka_unit_test(test_day_clock),
                                       cmocka_unit_test(test_bad_day_clock)};
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
