/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of each survey, by its name and by its columns: a small one by hand, and what it must give. */
#include "tests/light_file.h"

static light_read all;

#define ONE(...)                                                                                             \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
static const struct {
    const char *survey, *text;
    light_point point;
    bool asked;         /* the columns alone do not tell */
    const char *system; /* of magnitudes */
    const char *clock;
} surveys[] = {
    {"aavso", "JD,Magnitude,Uncertainty,Band\n2459000.5,11.5,0.01,V\n",
     ONE("t.csv", 59000, "V", 11.5, .01, 0, false, false), false, NULL, "MJD"},
    {"asas-sn",
     "HJD,UT Date,Camera,FWHM,Limit,mag,mag_err,flux(mJy),flux_err,Filter\n"
     "2459000.5,2020-05-31.0,bd,1.5,17.5,15.5,0.02,2.4,0.04,V\n",
     ONE("t.csv", 59000, "V", 15.5, .02, 0, false, false), false, NULL, "HJD - 2400000.5"},
    {"asas-sn",
     "HJD,UT Date,Camera,FWHM,Limit,mag,mag_err,flux(mJy),flux_err,Filter\n"
     "2459000.5,2020-05-31.0,bd,1.5,17.5,>17.5,99.99,-0.1,0.04,V\n",
     ONE("t.csv", 59000, "V", 17.5, 0, 0, false, true), false, NULL, "HJD - 2400000.5"},
    {"atlas", "###MJD,m,dm,uJy,duJy,F,err,chi/N\n59000.25,18,0.1,200,10,o,0,1\n59001,18,.1,1,1,o,1,1\n",
     ONE("t.csv", 59000.25, "o", 200, 10, 23.9, false, false), false, NULL, "MJD"},
    {"catalina", "MasterID,Mag,Magerr,RA,Dec,MJD,Blend\n1001,16.5,0.05,1,2,55000.25,0\n",
     ONE("1001", 55000.25, "all", 16.5, .05, 0, false, false), false, NULL, "MJD"},
    {"elasticc", "diaObjectId,midPointTai,filterName,psFlux,psFluxErr\n7,60000.5,r,100,5\n",
     ONE("7", 60000.5, "r", 100, 5, 27.5, false, false), false, NULL, "MJD (TAI)"},
    {"gaia",
     "source_id,transit_id,band,time,mag,flux,flux_error,flux_over_error,rejected_by_photometry\n"
     "9,1,G,1700.5,15.25,1e4,100,100,false\n",
     ONE("9", 56897.5, "G", 15.25, .010857362047581294, 0, false, false), false, "Vega",
     "BJD (TCB) - 2400000.5"},
    {"kepler", "time,flux,flux_err,quality\n1000.25,20000,5,0\n1001,1,1,1\n",
     ONE("t.csv", 55832.75, "Kepler", 20000, 5, 25.1, false, false), true, NULL, "BJD (TDB) - 2400000.5"},
    {"tess", "time,flux,flux_err,quality\n1500.25,10000,5,64\n1501,1,1,128\n",
     ONE("t.csv", 58499.75, "TESS", 10000, 5, 20.44, false, false), true, NULL, "BJD (TDB) - 2400000.5"},
    {"lsst", "diaObjectId,midpointMjdTai,band,psfFlux,psfFluxErr\n7,60000.5,y,1000,50\n",
     ONE("7", 60000.5, "y", 1000, 50, 31.4, false, false), false, NULL, "MJD (TAI)"},
    {"macho", "400.5 -6.5 0.05\n401.5 99.999 9.999\n",
     ONE("t.csv", 49023.5, "all", -6.5, .05, 0, false, false), true, NULL, "MJD"},
    {"ogle", "2455260.75 15.25 0.01\n2455261.75 99.999 9.999\n",
     ONE("t.csv", 55260.25, "I", 15.25, .01, 0, false, false), true, "Vega", "HJD - 2400000.5"},
    {"ogle", "5260.75 15.25 0.01\n5261.75 99.999 9.999\n",
     ONE("t.csv", 55260.25, "I", 15.25, .01, 0, false, false), true, "Vega", "HJD - 2400000.5"},
    {"osc", "event,time,magnitude,e_magnitude,band,upperlimit\nSN1,55800.5,19,,V,T\n",
     ONE("SN1", 55800.5, "V", 19, 0, 0, false, true), false, NULL, "MJD"},
    {"plasticc", "object_id,mjd,passband,flux,flux_err,detected\n3,60000.5,5,10,1,1\n",
     ONE("3", 60000.5, "y", 10, 1, 27.5, false, false), false, NULL, "MJD"},
    {"ps1", "objID,obsTime,filterID,psfFlux,psfFluxErr\n4,56000.5,2,3.631e-4,1e-6\n4,56001,1,-999,-999\n",
     ONE("4", 56000.5, "r", 3.631e-4, 1e-6, 8.9, false, false), false, "AB", "MJD"},
    {"skymapper",
     "object_id,image_id,date,filter,mag_psf,e_mag_psf,flags\n8,1,57000.5,v,15.5,0.02,0\n8,2,57001,v,15,.02,"
     "4\n",
     ONE("8", 57000.5, "v", 15.5, .02, 0, false, false), false, "AB", "MJD"},
    {"ztf-alerts", "objectId,jd,fid,magpsf,sigmapsf,isdiffpos\nZ,2459000.5,2,18.5,0.1,f\n",
     ONE("Z", 59000, "r", 18.5, .1, 0, true, false), false, "AB", "MJD"},
    {"ztf-dr",
     "oid,mjd,mag,magerr,filtercode,catflags\n5,59000.5,18.5,0.1,zi,0\n5,59001.5,18.5,0.1,zi,32768\n",
     ONE("5", 59000.5, "i", 18.5, .1, 0, false, false), false, "AB", "MJD"},
    {"ztf-forced",
     "index,jd,filter,forcediffimflux,forcediffimfluxunc,zpdiff,infobitssci\n0,2459000.5,ZTF_g,250,10,26.25,"
     "0\n"
     "1,2459001.5,ZTF_g,250,10,26.25,33554432\n",
     ONE("t.csv", 59000, "g", 250, 10, 26.25, false, false), false, NULL, "MJD"},
};

static void test_surveys(void **context)
{
    (void)context;
    char path[300];
    for (size_t i = 0; i < sizeof surveys / sizeof *surveys; i++) {
        strcpy(path, csv_write(surveys[i].text));
        light_take(&all, path, &(ds_lightcurve_options){.survey = surveys[i].survey});
        light_compare(surveys[i].survey, &all, &surveys[i].point, 1);
        assert_string_equal(all.report.clock, surveys[i].clock);
        if (surveys[i].system)
            assert_string_equal(all.report.system, surveys[i].system);
        else
            assert_null(all.report.system);
        light_take(&all, path, &(ds_lightcurve_options){0});
        if (!surveys[i].asked)
            light_compare(surveys[i].survey, &all, &surveys[i].point, 1);
        else /* never taken for it, nor without a word */
            assert_true(all.code == NN_BAD_DATA || all.report.reason_count > 0);
    }
}

/* Each word of the option is a survey, and a file of another one is refused. */
static void test_survey_words(void **context)
{
    (void)context;
    char words[400] = "";
    for (int k = 0; ds_survey_word(k); k++) {
        bool tried = false;
        for (size_t i = 0; i < sizeof surveys / sizeof *surveys; i++)
            tried |= strcmp(surveys[i].survey, ds_survey_word(k)) == 0;
        assert_true(tried);
        strcat(strcat(words, k ? "|" : ""), ds_survey_word(k));
    }
    assert_string_equal(words, DS_SURVEYS);
    light_take(&all, csv_write(surveys[3].text), &(ds_lightcurve_options){.survey = "gaia"});
    assert_int_equal(all.code, NN_BAD_DATA);
    assert_non_null(strstr(all.error.text, "--survey gaia: the columns are not those of this survey"));
    light_take(&all, csv_write(surveys[3].text), &(ds_lightcurve_options){.survey = "hst"});
    assert_int_equal(all.code, NN_USAGE);
    light_take(&all, csv_write("time,flux,flux_err\n1500,1.01,.01\n1501,0.99,.01\n"),
               &(ds_lightcurve_options){.survey = "tess"});
    assert_non_null(strstr(all.error.text, "divided by their median"));
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_surveys), cmocka_unit_test(test_survey_words)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
