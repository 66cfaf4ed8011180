/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What columns are called, whatever the survey. */
#include "datasets/lightcurves/survey.h"

#include <math.h>

static const struct {
    ds_photometry_role part;
    const char *name;
} usual[] = {
    {DS_PART_ID, "object_id"},   /* PLAsTiCC */
    {DS_PART_ID, "diaObjectId"}, /* LSST, ELAsTiCC */
    {DS_PART_ID, "SNID"},        /* SNANA, SuperNNova */
    {DS_PART_ID, "oid"},         /* ALeRCE */
    {DS_PART_ID, "objectId"},    /* ZTF */
    {DS_PART_ID, "unique_id"},   /* long tables of series */
    {DS_PART_ID, "source_id"},   /* Gaia */
    {DS_PART_ID, "objID"},       /* Pan-STARRS, SDSS */
    {DS_PART_ID, "obj_id"},
    {DS_PART_ID, "object"},
    {DS_PART_ID, "object_name"},
    {DS_PART_ID, "objname"},
    {DS_PART_ID, "event"}, /* Open Supernova Catalogue */
    {DS_PART_ID, "star_id"},
    {DS_PART_ID, "star"},
    {DS_PART_ID, "star name"},
    {DS_PART_ID, "sourceid"},
    {DS_PART_ID, "ztf_id"},
    {DS_PART_ID, "ztfid"},
    {DS_PART_ID, "asas_sn_id"},
    {DS_PART_ID, "locus_id"}, /* ANTARES */
    {DS_PART_ID, "transient"},
    {DS_PART_ID, "snname"},
    {DS_PART_ID, "CID"}, /* SNANA's dumps */
    {DS_PART_ID, "TIC"}, /* TESS */
    {DS_PART_ID, "ticid"},
    {DS_PART_ID, "tic_id"},
    {DS_PART_ID, "KIC"}, /* Kepler */
    {DS_PART_ID, "kicid"},
    {DS_PART_ID, "kic_id"},
    {DS_PART_ID, "kepid"},
    {DS_PART_ID, "kepler_id"},
    {DS_PART_ID, "EPIC"}, /* K2 */
    {DS_PART_ID, "epic_id"},
    {DS_PART_ID, "gaia_id"},
    {DS_PART_ID, "gaia_source_id"},
    {DS_PART_ID, "asassn_id"},
    {DS_PART_ID, "ogle_id"},
    {DS_PART_ID, "macho_id"},
    {DS_PART_ID, "matchid"},
    {DS_PART_ID, "lc_id"},
    {DS_PART_ID, "lightcurve_id"},
    {DS_PART_ID, "target_id"},
    {DS_PART_ID, "targetid"},
    {DS_PART_ID, "target_name"},
    {DS_PART_ID, "source_name"},
    {DS_PART_ID, "src_id"},
    {DS_PART_ID, "starid"},
    {DS_PART_ID, "supernova"},
    {DS_PART_ID, "sn_name"},
    {DS_PART_ID, "name"},
    {DS_PART_ID, "id"},
    {DS_PART_TIME, "mjd"},            /* PLAsTiCC, SNANA, ALeRCE */
    {DS_PART_TIME, "midpointMjdTai"}, /* LSST */
    {DS_PART_TIME, "midPointTai"},    /* ELAsTiCC (any case: DP0 writes midpointTai) */
    {DS_PART_TIME, "expMidptMJD"},    /* LSST visits */
    {DS_PART_TIME, "obsmjd"},
    {DS_PART_TIME, "mjd_obs"},
    {DS_PART_TIME, "jd"},      /* ZTF */
    {DS_PART_TIME, "hjd"},     /* heliocentric */
    {DS_PART_TIME, "bjd"},     /* barycentric */
    {DS_PART_TIME, "time"},    /* sncosmo */
    {DS_PART_TIME, "obsTime"}, /* Pan-STARRS */
    {DS_PART_TIME, "obs_time"},
    {DS_PART_TIME, "datetime"},
    {DS_PART_TIME, "date_obs"},
    {DS_PART_TIME, "date-obs"},
    {DS_PART_TIME, "obsdate"},
    {DS_PART_TIME, "obs_date"},
    {DS_PART_TIME, "timestamp"},
    {DS_PART_TIME, "date"},
    {DS_PART_TIME, "ut date"},
    {DS_PART_VISIT, "visit"}, /* LSST */
    {DS_PART_VISIT, "visitId"},
    {DS_PART_BAND, "passband"}, /* PLAsTiCC */
    {DS_PART_BAND, "band"},
    {DS_PART_BAND, "filterName"}, /* ELAsTiCC */
    {DS_PART_BAND, "filter_name"},
    {DS_PART_BAND, "filter"},
    {DS_PART_BAND, "flt"},        /* SNANA */
    {DS_PART_BAND, "fid"},        /* ZTF */
    {DS_PART_BAND, "filtercode"}, /* ZTF */
    {DS_PART_BAND, "filterID"},   /* Pan-STARRS */
    {DS_PART_BAND, "filter_id"},
    {DS_PART_BAND, "bandpass"},
    {DS_PART_BAND, "filt"}, /* AAVSO */
    {DS_PART_BAND, "bands"},
    {DS_PART_BAND, "filters"},
    {DS_PART_LIMIT, "diffmaglim"},
    {DS_PART_LIMIT, "maglim"},
    {DS_PART_LIMIT, "maglimit"},
    {DS_PART_LIMIT, "limmag"},
    {DS_PART_LIMIT, "limitmag"},
    {DS_PART_LIMIT, "lim_mag"},
    {DS_PART_LIMIT, "limiting_mag"},
    {DS_PART_LIMIT, "limiting_magnitude"},
    {DS_PART_LIMIT, "mag_limit"},
    {DS_PART_LIMIT, "limit"},
    {DS_PART_IS_LIMIT, "upperlimit"}, /* Open Supernova Catalogue */
    {DS_PART_IS_LIMIT, "upper_limit"},
    {DS_PART_IS_LIMIT, "is_upper_limit"},
    {DS_PART_IS_LIMIT, "is_limit"},
    {DS_PART_IS_LIMIT, "limit_flag"},
    {DS_PART_IS_LIMIT, "uplim"},
    {DS_PART_IS_LIMIT, "fainterthan"}, /* AAVSO */
    {DS_PART_IS_LIMIT, "nondetection"},
    {DS_PART_IS_LIMIT, "non_detection"},
    {DS_PART_SIGN, "isdiffpos"},
    {DS_PART_DETECTED, "detected"},
    {DS_PART_DETECTED, "detected_bool"},
    {DS_PART_FLAG, "photflag"},
    {DS_PART_SNR, "snr"},
    {DS_PART_ZERO_POINT, "zp"},
    {DS_PART_ZERO_POINT, "zeropoint"},
    {DS_PART_ZERO_POINT, "zero_point"},
    {DS_PART_ZERO_POINT, "magzp"},
    {DS_PART_ZERO_POINT, "magzpt"},
    {DS_PART_ZERO_SYSTEM, "zpsys"},
    {DS_PART_UNIT, "flux_unit"},
    {DS_PART_UNIT, "unit"},
    {DS_PART_UNIT, "units"},
    {DS_PART_KEY, "candid"}, /* ZTF */
    {DS_PART_KEY, "diaSourceId"},
};

const char *ds_usual_name(int k, ds_photometry_role *part)
{
    if ((size_t)k >= sizeof usual / sizeof *usual)
        return NULL;
    *part = usual[k].part;
    return usual[k].name;
}

static const ds_usual_flux fluxes[] = {
    {"fluxcal", 27.5, {"fluxcalerr", "fluxcal_err", "fluxcal_error"}, "SNANA"},
    {"psFlux", 27.5, {"psFluxErr"}, "ELAsTiCC"},
    {"psfDiffFlux", 31.4, {"psfDiffFluxErr"}, "LSST"},
    {"psfFlux", 31.4, {"psfFluxErr"}, "LSST"},
    {"scienceFlux", 31.4, {"scienceFluxErr"}, "LSST"},
    {"flux", NAN, {"flux_err", "fluxerr", "flux_error", "e_flux", "sigma_flux", "flux_sigma", "error"}, NULL},
    {"magpsf", 0, {"sigmapsf"}, NULL},
    {"magpsf_corr", 0, {"sigmapsf_corr"}, NULL},
    {"mag", 0, {"mag_err", "magerr", "mag_error", "e_mag", "sigma_mag", "mag_sigma", "error"}, NULL},
    {"magnitude",
     0,
     {"magnitude_err", "magnitude_error", "e_magnitude", "mag_err", "magerr", "mag_error", "error"},
     NULL},
};

const ds_usual_flux *ds_usual_flux_at(int k)
{
    return k >= 0 && (size_t)k < sizeof fluxes / sizeof *fluxes ? &fluxes[k] : NULL;
}
