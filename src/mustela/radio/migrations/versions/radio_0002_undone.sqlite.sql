CREATE TABLE reference_catalogues (
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    n_sources INTEGER NOT NULL,
    current INTEGER NOT NULL,
    CONSTRAINT pk_reference_catalogues PRIMARY KEY (label),
    CONSTRAINT ck_reference_catalogues_role CHECK (role IN ('calibrator', 'astrometry'))
)
 WITHOUT ROWID,
 STRICT

CREATE UNIQUE INDEX uq_reference_catalogues_name ON reference_catalogues (name) WHERE current = 1

CREATE TABLE measurements_left (
    seq INTEGER NOT NULL,
    image_id TEXT NOT NULL,
    source_id TEXT,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    island TEXT,
    component TEXT,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    ra_error_arcsec REAL,
    dec_error_arcsec REAL,
    peak_jy REAL,
    peak_error_jy REAL,
    integrated_jy REAL,
    integrated_error_jy REAL,
    local_rms_jy REAL,
    background_jy REAL,
    major_arcsec REAL,
    minor_arcsec REAL,
    pa_deg REAL,
    major_error_arcsec REAL,
    minor_error_arcsec REAL,
    pa_error_deg REAL,
    deconvolved_major_arcsec REAL,
    deconvolved_minor_arcsec REAL,
    deconvolved_pa_deg REAL,
    flags TEXT NOT NULL,
    de_ruiter REAL,
    separation_arcsec REAL,
    systematic_arcsec REAL,
    former_source TEXT,
    band TEXT NOT NULL,
    stokes TEXT NOT NULL,
    frequency_hz REAL,
    mid_mjd REAL,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_measurements_left PRIMARY KEY (seq)
)
 STRICT

CREATE INDEX ix_measurements_left_image_id ON measurements_left (image_id, seq)

CREATE TABLE ms_calibration_left (
    ms_id TEXT NOT NULL,
    calibration_id TEXT NOT NULL,
    how TEXT NOT NULL,
    applied INTEGER NOT NULL,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_ms_calibration_left PRIMARY KEY (ms_id, calibration_id)
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_ms_calibration_left_calibration_id ON ms_calibration_left (calibration_id)

CREATE TABLE source_tombstones (
    seq INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    ra_error_arcsec REAL,
    dec_error_arcsec REAL,
    cell INTEGER NOT NULL,
    active INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT pk_source_tombstones PRIMARY KEY (seq),
    CONSTRAINT uq_source_tombstones_source_id UNIQUE (source_id)
)
 STRICT

CREATE INDEX ix_source_tombstones_cell ON source_tombstones (cell)

CREATE TABLE stale_sources (
    seq INTEGER NOT NULL,
    source INTEGER NOT NULL,
    marked_at INTEGER NOT NULL,
    CONSTRAINT pk_stale_sources PRIMARY KEY (seq),
    CONSTRAINT uq_stale_sources_source UNIQUE (source),
    CONSTRAINT fk_stale_sources_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)
 STRICT
