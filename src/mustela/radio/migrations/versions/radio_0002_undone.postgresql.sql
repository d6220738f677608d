CREATE TABLE reference_catalogues (
    label TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    n_sources BIGINT NOT NULL,
    current BIGINT NOT NULL,
    CONSTRAINT pk_reference_catalogues PRIMARY KEY (label),
    CONSTRAINT ck_reference_catalogues_role CHECK (role IN ('calibrator', 'astrometry'))
)

CREATE UNIQUE INDEX uq_reference_catalogues_name ON reference_catalogues (name) WHERE current = 1

CREATE TABLE measurements_left (
    seq BIGSERIAL NOT NULL,
    image_id TEXT COLLATE "C" NOT NULL,
    source_id TEXT COLLATE "C",
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    island TEXT COLLATE "C",
    component TEXT COLLATE "C",
    ra_deg DOUBLE PRECISION NOT NULL,
    dec_deg DOUBLE PRECISION NOT NULL,
    ra_error_arcsec DOUBLE PRECISION,
    dec_error_arcsec DOUBLE PRECISION,
    peak_jy DOUBLE PRECISION,
    peak_error_jy DOUBLE PRECISION,
    integrated_jy DOUBLE PRECISION,
    integrated_error_jy DOUBLE PRECISION,
    local_rms_jy DOUBLE PRECISION,
    background_jy DOUBLE PRECISION,
    major_arcsec DOUBLE PRECISION,
    minor_arcsec DOUBLE PRECISION,
    pa_deg DOUBLE PRECISION,
    major_error_arcsec DOUBLE PRECISION,
    minor_error_arcsec DOUBLE PRECISION,
    pa_error_deg DOUBLE PRECISION,
    deconvolved_major_arcsec DOUBLE PRECISION,
    deconvolved_minor_arcsec DOUBLE PRECISION,
    deconvolved_pa_deg DOUBLE PRECISION,
    flags TEXT COLLATE "C" NOT NULL,
    de_ruiter DOUBLE PRECISION,
    separation_arcsec DOUBLE PRECISION,
    systematic_arcsec DOUBLE PRECISION,
    former_source TEXT COLLATE "C",
    band TEXT COLLATE "C" NOT NULL,
    stokes TEXT COLLATE "C" NOT NULL,
    frequency_hz DOUBLE PRECISION,
    mid_mjd DOUBLE PRECISION,
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_measurements_left PRIMARY KEY (seq)
)

CREATE INDEX ix_measurements_left_image_id ON measurements_left (image_id, seq)

CREATE TABLE ms_calibration_left (
    ms_id TEXT COLLATE "C" NOT NULL,
    calibration_id TEXT COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    applied BIGINT NOT NULL,
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_ms_calibration_left PRIMARY KEY (ms_id, calibration_id)
)

CREATE INDEX ix_ms_calibration_left_calibration_id ON ms_calibration_left (calibration_id)

CREATE TABLE source_tombstones (
    seq BIGSERIAL NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    ra_deg DOUBLE PRECISION NOT NULL,
    dec_deg DOUBLE PRECISION NOT NULL,
    ra_error_arcsec DOUBLE PRECISION,
    dec_error_arcsec DOUBLE PRECISION,
    cell BIGINT NOT NULL,
    active BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_source_tombstones PRIMARY KEY (seq),
    CONSTRAINT uq_source_tombstones_source_id UNIQUE (source_id)
)

CREATE INDEX ix_source_tombstones_cell ON source_tombstones (cell)

CREATE TABLE stale_sources (
    seq BIGSERIAL NOT NULL,
    source BIGINT NOT NULL,
    marked_at BIGINT NOT NULL,
    CONSTRAINT pk_stale_sources PRIMARY KEY (seq),
    CONSTRAINT uq_stale_sources_source UNIQUE (source),
    CONSTRAINT fk_stale_sources_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)
