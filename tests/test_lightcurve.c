/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves from text: what is which column, units, grouping, order, and what is left out. */
#include "datasets/lightcurves/lightcurve.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

typedef struct reading {
    ds_lightcurves *reader;
    nn_error error;
} reading;

static reading begin(const char *path, const ds_lightcurve_options *options)
{
    reading r = {0};
    if (ds_lightcurves_open(&r.reader, path, options, &r.error))
        fail_msg("%s", r.error.text);
    return r;
}

static const ds_lightcurve *next(reading *r)
{
    const ds_lightcurve *curve;
    if (ds_lightcurves_next(r->reader, &curve, &r->error))
        fail_msg("%s", r->error.text);
    return curve;
}

static void end(reading *r)
{
    assert_null(next(r));
    assert_null(next(r)); /* and again */
    ds_lightcurves_close(r->reader);
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * (1 + fabs(expected))))
        fail_msg("%.17g, not %.17g", value, expected);
}

/* --- columns and units --- */

static void test_columns_of_surveys(void **context)
{
    (void)context;
    static const struct {
        const char *text; /* one point: MJD 59000.5, band g, FLUXCAL 20 +- 2, not detected by column */
        const char *columns;
    } cases[] = {
        {"object_id,mjd,passband,flux,flux_err,detected\n7,59000.5,1,20,2,0\n",
         "id object_id, time mjd, band passband, flux flux, error flux_err, detected detected"},
        {"OBJECT_ID,MJD,Passband,FLUX,FLUX_ERR,detected_bool\n7,59000.5,1,20,2,false\n",
         "id OBJECT_ID, time MJD, band Passband, flux FLUX, error FLUX_ERR, detected detected_bool"},
        {",SNID,MJD,FLUXCAL,FLUXCALERR,FLT,PHOTFLAG\n0,7,59000.5,20,2,g,2048\n",
         "id SNID, time MJD, band FLT, flux FLUXCAL, error FLUXCALERR, detected PHOTFLAG"},
        {"diaSourceId,diaObjectId,midPointTai,filterName,ra,decl,psFlux,psFluxErr,snr\n"
         "1,7,59000.5,g,1,2,20,2,4.9\n",
         "id diaObjectId, time midPointTai, band filterName, flux psFlux, error psFluxErr, S/N snr"},
        {"diaObjectId,visit,midpointMjdTai,band,psfFlux,psfFluxErr,scienceFlux,snr\n"
         "7,1,59000.5,g,726.15610,72.615610,1,4\n",
         "id diaObjectId, time midpointMjdTai, band band, flux psfFlux, error psfFluxErr, S/N snr"},
        {"object_id,mjd,band,flux,fluxerr,flux_unit,snr\n7,59000.5,g,0.72615610,0.072615610,uJy,1\n",
         "id object_id, time mjd, band band, flux flux, error fluxerr, S/N snr, unit flux_unit"},
        {"object_id,jd,band,flux,flux_error,zp,zpsys,snr\n7,2459001,g,2,0.2,25,ab,1\n",
         "id object_id, time jd, band band, flux flux, error flux_error, S/N snr, zero point zp, zero system "
         "zpsys"},
        {"object_id\ttime\tband\tflux\te_flux\tsnr\n7\t59000.5\tLSST-g\t20\t2\t1\n",
         "id object_id, time time, band band, flux flux, error e_flux, S/N snr"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reading r = begin(csv_write(cases[i].text), &(ds_lightcurve_options){0});
        assert_string_equal(ds_lightcurves_report(r.reader)->columns, cases[i].columns);
        const ds_lightcurve *c = next(&r);
        assert_non_null(c);
        assert_string_equal(c->id, "7");
        assert_int_equal(c->count, 1);
        near(c->time[0], 59000.5);
        if (fabs(c->flux[0] - 20) > 1e-4 || fabs(c->error[0] - 2) > 1e-5)
            fail_msg("%s: %.9g +- %.9g", cases[i].columns, c->flux[0], c->error[0]);
        assert_int_equal(c->band[0], 1);
        assert_int_equal(c->detected[0], 0);
        end(&r);
    }
}

static void test_zero_points(void **context)
{
    (void)context;
    const char *text = "object_id,mjd,band,flux,flux_err\n1,59000,g,100,1\n";
    const struct {
        double zero_point, flux;
    } cases[] = {{0, 100}, {27.5, 100}, {31.4, 100 / pow(10, 0.4 * 3.9)}, {23.9, 100 * pow(10, 0.4 * 3.6)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reading r = begin(csv_write(text), &(ds_lightcurve_options){.zero_point = cases[i].zero_point});
        const ds_lightcurve *c = next(&r);
        near(c->flux[0], cases[i].flux);
        near(c->error[0], cases[i].flux / 100);
        end(&r);
    }
    /* A user's zero point stands above the one that a column's name implies. */
    reading r = begin(csv_write("object_id,mjd,band,psfFlux,psfFluxErr\n1,59000,g,100,1\n"),
                      &(ds_lightcurve_options){.zero_point = 27.5});
    near(next(&r)->flux[0], 100);
    end(&r);
}

static void test_magnitudes(void **context)
{
    (void)context;
    reading r = begin(csv_write("oid,mjd,fid,magpsf,sigmapsf,isdiffpos,diffmaglim\n"
                                "ZTF1,59000,1,20,0.1,t,20.5\n"
                                "ZTF1,59001,2,20,0.1,f,20.5\n"
                                "ZTF1,59002,3,19,0.1,1,20.5\n"
                                "ZTF1,59003,3,19,0.1,-1,20.5\n"
                                "ZTF1,59004,1,,,,20\n"
                                "ZTF1,59005,1,null,NaN,,\n"),
                      &(ds_lightcurve_options){0});
    assert_int_equal(ds_lightcurves_bands(r.reader)->count, 3);
    near(ds_lightcurves_bands(r.reader)->wavelength[1], 6436.92);
    const ds_lightcurve *c = next(&r);
    assert_int_equal(c->count, 5);
    const double signs[] = {1, -1, 10 / pow(10, 0.6), -10 / pow(10, 0.6)};
    for (int i = 0; i < 4; i++) {
        near(c->flux[i], 1000 * signs[i]);
        near(c->error[i], 1000 * fabs(signs[i]) * 0.1 * 0.4 * log(10));
        assert_int_equal(c->detected[i], 1);
    }
    assert_int_equal(c->band[0], 0);
    assert_int_equal(c->band[1], 1);
    assert_int_equal(c->band[2], 2);
    near(c->flux[4], 0);
    near(c->error[4], 200);
    assert_int_equal(c->detected[4], 0);
    end(&r);
    r = begin(csv_path, &(ds_lightcurve_options){.drop_limits = true});
    assert_int_equal(next(&r)->count, 4);
    assert_int_equal(ds_lightcurves_report(r.reader)->dropped[DS_DROP_LIMIT], 1);
    assert_int_equal(ds_lightcurves_report(r.reader)->dropped[DS_DROP_FLUX], 1);
    end(&r);
    /* Fluxes come before magnitudes unless these are asked for; 99 is no magnitude. */
    csv_write("object_id,mjd,band,flux,flux_err,mag,mag_err\n1,59000,g,5,1,20,0.1\n1,59001,g,5,1,99,9\n");
    r = begin(csv_path, &(ds_lightcurve_options){0});
    near(next(&r)->flux[0], 5);
    end(&r);
    r = begin(csv_path, &(ds_lightcurve_options){.magnitudes = true});
    c = next(&r);
    assert_int_equal(c->count, 1);
    near(c->flux[0], 1000);
    end(&r);
}

static void test_named_columns(void **context)
{
    (void)context;
    const ds_lightcurve_options options = {.id = "star",
                                           .time = "Days",
                                           .band = "colour",
                                           .flux = "bright",
                                           .error = "noise",
                                           .detected = "seen",
                                           .missing = "-9999",
                                           .decimal_comma = true};
    reading r =
        begin(csv_write("star;days;colour;bright;noise;seen;flux\nA;1,5;r;-2,5;1;1;7\nA;2,5;r;-9999;1;1;7\n"),
              &options);
    const ds_lightcurve *c = next(&r);
    assert_int_equal(c->count, 1);
    near(c->time[0], 1.5);
    near(c->flux[0], -2.5);
    assert_int_equal(c->detected[0], 1);
    end(&r);
}

static void test_one_band_and_one_object(void **context)
{
    (void)context;
    reading r =
        begin(csv_write("object_id,hjd,mag,e_mag\n1,2450000.5,20,0.1\n1,2450001.5,20,0.1\n2,100,20,0.1\n"),
              &(ds_lightcurve_options){0});
    assert_int_equal(ds_lightcurves_bands(r.reader)->count, 1);
    const ds_lightcurve *c = next(&r);
    near(c->time[1], 50001);
    assert_int_equal(c->band[1], 0);
    near(next(&r)->time[0], 100);
    assert_int_equal(ds_lightcurves_report(r.reader)->julian, 1);
    end(&r);
    ds_bands clear;
    nn_error error;
    assert_int_equal(ds_bands_parse(&clear, "Clear=5500", &error), NN_OK);
    r = begin(csv_write("time,band,mag,mag_err\n1,Clear,20,0.1\n2,Clear,20,0.1\n"),
              &(ds_lightcurve_options){.bands = &clear, .id = "none"});
    c = next(&r);
    assert_string_equal(c->id, "t.csv");
    assert_int_equal(c->count, 2);
    end(&r);
}

static void test_visits(void **context)
{
    (void)context;
    char visits[300];
    strcpy(visits, csv_write_bytes("v.csv", "visitId,expMidptMJD,x\n11,59000.5,a\n12,2459001,a\n13,,a\n",
                                   strlen("visitId,expMidptMJD,x\n11,59000.5,a\n12,2459001,a\n13,,a\n")));
    reading r = begin(csv_write("diaObjectId,visit,band,psfDiffFlux,psfDiffFluxErr,psfFlux,psfFluxErr\n"
                                "1,11,g,3.6,1,9,1\n1,12,r,3.6,1,9,1\n1,13,r,3.6,1,9,1\n1,14,r,3.6,1,9,1\n"),
                      &(ds_lightcurve_options){.visits = visits});
    const ds_lightcurve *c = next(&r);
    assert_int_equal(c->count, 2);
    near(c->time[0], 59000.5);
    near(c->time[1], 59000.5);
    near(c->flux[0], 3.6 * pow(10, -0.4 * 3.9));
    assert_int_equal(ds_lightcurves_report(r.reader)->dropped[DS_DROP_VISIT], 2);
    end(&r);
}

/* --- bands --- */

static void test_bands(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int band;
    } cases[] = {{"u", 0},  {"y", 5},     {"Y", 5},      {"0", 0},     {"5", 5},     {"6", -1},
                 {"r'", 2}, {"lsstu", 0}, {"LSST-g", 1}, {"DES-Y", 5}, {"sdssg", 1}, {"ztf_i", 3},
                 {"G", -1}, {"R", -1},    {"ps1::z", 4}, {"", -1},     {"lsst", -1}, {"gr", -1},
                 {"'", -1}, {"10", -1},   {"des-", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ds_bands_find(&ds_bands_lsst, cases[i].text, strlen(cases[i].text)) != cases[i].band)
            fail_msg("'%s' is not band %d", cases[i].text, cases[i].band);
    ds_bands bands;
    nn_error error;
    char text[200];
    assert_int_equal(ds_bands_parse(&bands, "R=6400, I=8000,r=6231.5", &error), NN_OK);
    assert_int_equal(ds_bands_find(&bands, "R", 1), 0);
    assert_int_equal(ds_bands_find(&bands, "r", 1), 2);
    assert_int_equal(ds_bands_find(&bands, "2", 1), 2); /* r of ugrizy */
    assert_int_equal(ds_bands_find(&bands, "g", 1), -1);
    assert_int_equal(ds_bands_print(&bands, text, sizeof text), (int)strlen("R=6400,I=8000,r=6231.5"));
    assert_string_equal(text, "R=6400,I=8000,r=6231.5");
    assert_int_equal(ds_bands_print(&bands, text, 5), (int)strlen("R=6400,I=8000,r=6231.5"));
    assert_string_equal(text, "R=64");
    assert_int_equal(ds_bands_parse(&bands, "ZTF", &error), NN_OK);
    assert_int_equal(bands.count, 3);
    static const char *const wrong[] = {"",           "g",   "g=",   "g=x",   "=5",
                                        "g=4802,g=5", "g=0", "g=-1", "g=1e9", "lst"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (ds_bands_parse(&bands, wrong[i], &error) != NN_USAGE)
            fail_msg("'%s' was taken", wrong[i]);
}

/* --- order, grouping, what is left out --- */

static void test_points_are_sorted(void **context)
{
    (void)context;
    reading r =
        begin(csv_write("object_id,mjd,band,flux,flux_err\nA,3,g,1,1\nA,1,r,2,1\nA,3,i,3,1\nA,2,z,40,1\n"
                        "B,1,g,1,1\nB,1,g,2,1\n"),
              &(ds_lightcurve_options){0});
    const ds_lightcurve *c = next(&r);
    const double times[] = {1, 2, 3, 3}, fluxes[] = {2, 40, 1, 3};
    const uint8_t bands[] = {2, 4, 1, 3}, detected[] = {0, 1, 0, 0};
    assert_int_equal(c->count, 4);
    assert_memory_equal(c->time, times, sizeof times);
    assert_memory_equal(c->flux, fluxes, sizeof fluxes);
    assert_memory_equal(c->band, bands, sizeof bands);
    assert_memory_equal(c->detected, detected, sizeof detected);
    c = next(&r);
    near(c->flux[1], 2);
    assert_int_equal(ds_lightcurves_report(r.reader)->unsorted, 1);
    end(&r);
}

static void test_what_is_left_out(void **context)
{
    (void)context;
    reading r =
        begin(csv_write("object_id,mjd,band,flux,flux_err\n"
                        "A,,g,1,1\nA,1,g,nan,1\nA,1,g,1,\nA,1,g,1,0\nA,1,g,1,-2\nA,1,Q,1,1\nA,1,X,1,1\n"
                        "A,1,g,inf,1\nA,1,g,1,Infinity\nB,1,g,1,1\n"),
              &(ds_lightcurve_options){.drop_unknown_bands = true});
    const ds_lightcurve *c = next(&r);
    assert_string_equal(c->id, "A");
    assert_int_equal(c->count, 0);
    assert_int_equal(next(&r)->count, 1);
    const ds_lightcurve_report *report = ds_lightcurves_report(r.reader);
    const size_t expected[DS_DROP_COUNT] = {1, 2, 2, 2, 2, 0, 0};
    assert_memory_equal(report->dropped, expected, sizeof expected);
    assert_int_equal(report->empty, 1);
    assert_int_equal(report->points, 1);
    end(&r);
}

static char *many(int objects, int rows, bool interleaved)
{
    char *text = malloc((size_t)objects * (size_t)rows * 40 + 100);
    if (!text)
        abort();
    size_t at = (size_t)sprintf(text, "object_id,mjd,band,flux,flux_err\n");
    for (int i = 0; i < objects * rows; i++) {
        const int object = interleaved ? i % objects : i / rows, row = interleaved ? i / objects : i % rows;
        at += (size_t)sprintf(text + at, "%d,%d,%c,%d,1\n", object, row, "ugrizy"[row % 6], object + row);
    }
    return text;
}

static void check_many(const char *path, ds_grouping grouping, int objects, int rows)
{
    reading r = begin(path, &(ds_lightcurve_options){.grouping = grouping});
    for (int o = 0; o < objects; o++) {
        const ds_lightcurve *c = next(&r);
        assert_non_null(c);
        assert_int_equal(atoi(c->id), o);
        assert_int_equal(c->count, rows);
        for (int i = 0; i < rows; i++)
            if (c->time[i] != i || c->flux[i] != o + i || c->band[i] != i % 6)
                fail_msg("object %d, point %d", o, i);
    }
    end(&r);
}

static void test_grouping(void **context)
{
    (void)context;
    char *grouped = many(3000, 37, false), *interleaved = many(300, 37, true), *late = many(30000, 3, true);
    check_many(csv_write(grouped), DS_GROUPED, 3000, 37);
    check_many(csv_path, DS_UNGROUPED, 3000, 37);
    check_many(csv_path, DS_ALERTS, 3000, 37);
    check_many(csv_write_gzip("t.csv.gz", grouped), DS_GROUPED, 3000, 37);
    /* Seen at the start: gathered. */
    check_many(csv_write(interleaved), DS_GROUPED, 300, 37);
    check_many(csv_path, DS_UNGROUPED, 300, 37);
    /* Seen after objects have been handed out: refused. */
    csv_write(late);
    check_many(csv_path, DS_UNGROUPED, 30000, 3);
    reading r = begin(csv_path, &(ds_lightcurve_options){0});
    const ds_lightcurve *c;
    int code, count = 0;
    while (!(code = ds_lightcurves_next(r.reader, &c, &r.error)) && c)
        count++;
    assert_int_equal(code, NN_BAD_DATA);
    assert_int_equal(count, 30000);
    assert_non_null(strstr(r.error.text, "t.csv:30002: object '0' comes back"));
    assert_non_null(strstr(r.error.text, "--grouping gather"));
    assert_int_equal(ds_lightcurves_next(r.reader, &c, &r.error), NN_BAD_DATA);
    ds_lightcurves_close(r.reader);
    r = begin(csv_path, &(ds_lightcurve_options){.grouping = DS_ALERTS});
    for (int i = 0; i < 90000; i++)
        assert_int_equal(next(&r)->count, 1);
    end(&r);
    free(grouped);
    free(interleaved);
    free(late);
}

static void test_ids_in_windows_1252(void **context)
{
    (void)context;
    reading r = begin(
        csv_write("object_id,mjd,band,flux,flux_err\n\xe9,1,g,1,1\n\xe9,2,g,1,1\nb,1,g,1,1\n\xe9,3,g,1,1\n"),
        &(ds_lightcurve_options){0});
    const ds_lightcurve *c = next(&r);
    assert_string_equal(c->id, "\xc3\xa9");
    assert_int_equal(c->count, 3);
    assert_string_equal(next(&r)->id, "b");
    end(&r);
}

/* Objects before a broken row are handed out, wherever the row stands in its piece. */
static void test_objects_before_trouble(void **context)
{
    (void)context;
    reading r = begin(csv_write("object_id,mjd,band,flux,flux_err\nA,1,g,1,1\nB,1,g,1,1\nC,1,g,x,1\n"),
                      &(ds_lightcurve_options){0});
    assert_string_equal(next(&r)->id, "A");
    assert_string_equal(next(&r)->id, "B");
    const ds_lightcurve *c;
    assert_int_equal(ds_lightcurves_next(r.reader, &c, &r.error), NN_BAD_DATA);
    assert_null(c);
    assert_non_null(strstr(r.error.text, "t.csv:4:4: 'x' is not a number"));
    ds_lightcurves_close(r.reader);
}

/* --- streams and memory --- */

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
}

static void test_a_pipe_gives_objects_at_once(void **context)
{
    (void)context;
    int ends[2];
    char path[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    say(ends[1], "object_id,mjd,band,flux,flux_err\nA,1,g,1,1\nA,2,g,1,1\nB,1,g,1,1\n");
    /* Its bands are known, and the next object has begun: no more is asked for than there is. */
    reading r = begin(path, &(ds_lightcurve_options){.bands = &ds_bands_lsst});
    const ds_lightcurve *c = next(&r);
    assert_string_equal(c->id, "A");
    assert_int_equal(c->count, 2);
    say(ends[1], "C,1,g,1,1\n");
    assert_string_equal(next(&r)->id, "B");
    close(ends[1]);
    assert_string_equal(next(&r)->id, "C");
    end(&r);
    close(ends[0]);
}

static long peak_memory(void)
{
    char line[256];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld kB", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return kb;
}

static void test_memory_stays(void **context)
{
    (void)context;
    char *text = many(100, 40, false);
    check_many(csv_write(text), DS_GROUPED, 100, 40);
    free(text);
    FILE *file = fopen(csv_in_folder("t.csv"), "w");
    assert_non_null(file);
    fputs("object_id,mjd,band,flux,flux_err\n", file);
    for (int o = 0; o < 40000; o++)
        for (int i = 0; i < 40; i++)
            fprintf(file, "%d,%d,%c,%d,1\n", o, i, "ugrizy"[i % 6], o + i);
    assert_int_equal(fclose(file), 0);
    const long before = peak_memory();
    check_many(csv_path, DS_GROUPED, 40000, 40);
    const long grown = peak_memory() - before;
#ifdef __SANITIZE_ADDRESS__
    const long most = 1 << 16; /* freed blocks are held back */
#else
    const long most = 2048;
#endif
    if (grown > most)
        fail_msg("%ld kB more for 40000 objects", grown);
}

/* --- text formats --- */

static void test_snana_text(void **context)
{
    (void)context;
    reading r = begin(csv_write("SURVEY: DES\nSNID:   17   \nRA: 0.5 deg\n\n# a comment\nNVAR: 5\n"
                                "VARLIST:  MJD  FLT FIELD   FLUXCAL   FLUXCALERR\n"
                                "OBS:  56171.051  g NULL  -3.679e+01   7.809e+01\n"
                                "OBS:\t56172.051  r NULL \t 4e+01   2\nEND:\n"
                                "SURVEY: DES\nSNID: b\nVARLIST: MJD BAND FLUXCAL FLUXCALERR PHOTFLAG\n"
                                "OBS: 5 z 1 1 4096\nOBS: 6 z 1 1 0\nOBS: 7 z 1 1 6144\nEND:\n"),
                      &(ds_lightcurve_options){0});
    assert_string_equal(ds_lightcurves_report(r.reader)->format, "SNANA text");
    const ds_lightcurve *c = next(&r);
    assert_string_equal(c->id, "17");
    assert_int_equal(c->count, 2);
    near(c->flux[0], -36.79);
    assert_int_equal(c->band[1], 2);
    assert_int_equal(c->detected[1], 1);
    c = next(&r);
    assert_string_equal(c->id, "b");
    assert_int_equal(c->count, 3);
    assert_int_equal(c->detected[0], 1);
    assert_int_equal(c->detected[1], 0);
    assert_int_equal(c->detected[2], 1);
    end(&r);
}

static void test_sncosmo_text(void **context)
{
    (void)context;
    reading r = begin(csv_write("@z 0.5\n@name sn1\ntime band flux fluxerr zp zpsys\n"
                                "55070.0 sdssg 0.5 0.6 25.0 ab\n55072 sdssr 20 0.6 27.5 ab\n"),
                      &(ds_lightcurve_options){0});
    assert_string_equal(ds_lightcurves_report(r.reader)->format, "sncosmo text");
    const ds_lightcurve *c = next(&r);
    assert_string_equal(c->id, "sn1");
    near(c->flux[0], 5);
    near(c->error[0], 6);
    near(c->flux[1], 20);
    end(&r);
}

/* --- selection --- */

static void test_selection(void **context)
{
    (void)context;
    const double time[] = {0, 50, 51, 100, 120, 169, 170, 1300}, one[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t band[8] = {0}, detected[] = {0, 0, 0, 1, 1, 0, 0, 0};
    const ds_lightcurve curve = {"a", 8, time, one, one, band, detected, 2};
    ds_points p = {0};
    ds_selection how;
    double start;
    nn_error error;
    assert_int_equal(ds_lightcurve_select(&curve, 50, &p, &start, &how, &error), NN_OK);
    assert_int_equal(how, DS_SELECTED);
    assert_int_equal(p.count, 4); /* strictly within 50 and 170 */
    near(start, 51);
    near(p.time[0], 0);
    near(p.time[3], 118);
    near(p.flux[0], 3);
    ds_points_free(&p);
}

static void test_selection_falls_back(void **context)
{
    (void)context;
    const double time[] = {0, 100, 1200}, one[] = {1, 2, 3};
    const uint8_t band[3] = {0}, once[] = {0, 1, 0}, never[3] = {0};
    ds_lightcurve curve = {"a", 3, time, one, one, band, once, 2};
    ds_points p = {0};
    ds_selection how;
    double start;
    nn_error error;
    assert_int_equal(ds_lightcurve_select(&curve, 0, &p, &start, &how, &error), NN_OK);
    assert_int_equal(how, DS_SELECTED_WIDE);
    assert_int_equal(p.count, 2); /* 1200 lies more than 1000 days after */
    curve.detected = never;
    assert_int_equal(ds_lightcurve_select(&curve, 50, &p, &start, &how, &error), NN_OK);
    assert_int_equal(how, DS_WITHOUT_DETECTION);
    assert_int_equal(p.count, 0);
    curve.count = 0;
    assert_int_equal(ds_lightcurve_select(&curve, 50, &p, &start, &how, &error), NN_OK);
    assert_int_equal(how, DS_WITHOUT_DETECTION);
    ds_points_free(&p);
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory_stays), /* first: it looks at the peak */
                                       cmocka_unit_test(test_columns_of_surveys),
                                       cmocka_unit_test(test_zero_points),
                                       cmocka_unit_test(test_magnitudes),
                                       cmocka_unit_test(test_named_columns),
                                       cmocka_unit_test(test_one_band_and_one_object),
                                       cmocka_unit_test(test_visits),
                                       cmocka_unit_test(test_bands),
                                       cmocka_unit_test(test_points_are_sorted),
                                       cmocka_unit_test(test_what_is_left_out),
                                       cmocka_unit_test(test_grouping),
                                       cmocka_unit_test(test_ids_in_windows_1252),
                                       cmocka_unit_test(test_objects_before_trouble),
                                       cmocka_unit_test(test_a_pipe_gives_objects_at_once),
                                       cmocka_unit_test(test_snana_text),
                                       cmocka_unit_test(test_sncosmo_text),
                                       cmocka_unit_test(test_selection),
                                       cmocka_unit_test(test_selection_falls_back)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
