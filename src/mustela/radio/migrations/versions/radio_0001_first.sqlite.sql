CREATE TABLE reference_sources (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    catalogue TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    flux_jy REAL,
    frequency_hz REAL,
    cell INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_reference_sources PRIMARY KEY (seq),
    CONSTRAINT ck_reference_sources_role CHECK (role IN ('calibrator', 'astrometry')),
    CONSTRAINT uq_reference_sources_catalogue_name UNIQUE (catalogue, name),
    CONSTRAINT uq_reference_sources_id UNIQUE (id)
)
 STRICT

CREATE INDEX ix_reference_sources_cell ON reference_sources (cell)

CREATE TABLE images (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    path TEXT NOT NULL,
    filename TEXT NOT NULL,
    search_text TEXT NOT NULL,
    hdu INTEGER,
    telescope TEXT,
    instrument TEXT,
    observer TEXT,
    field TEXT,
    ra_deg REAL,
    dec_deg REAL,
    radius_deg REAL,
    footprint TEXT,
    projection TEXT,
    wcs TEXT,
    width_px INTEGER,
    height_px INTEGER,
    n_planes INTEGER,
    pixel_scale_arcsec REAL,
    frequency_hz REAL,
    bandwidth_hz REAL,
    n_channels INTEGER,
    stokes TEXT,
    beam_major_arcsec REAL,
    beam_minor_arcsec REAL,
    beam_pa_deg REAL,
    units TEXT,
    start_mjd REAL,
    mid_mjd REAL,
    end_mjd REAL,
    integration_seconds REAL,
    kind TEXT,
    pbcor INTEGER,
    imaging TEXT,
    noise_jy REAL,
    peak_jy REAL,
    min_jy REAL,
    dynamic_range REAL,
    blank_fraction REAL,
    flags TEXT NOT NULL,
    ms_id TEXT,
    calibration_id TEXT,
    parent_id TEXT,
    version_of TEXT,
    version INTEGER,
    theoretical_noise_jy REAL,
    n_sources INTEGER,
    is_current INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    why_not TEXT,
    cell INTEGER,
    reach INTEGER,
    grade TEXT,
    grade_computed TEXT,
    grade_reasons TEXT NOT NULL,
    graded_at INTEGER,
    grade_given TEXT,
    retired_at INTEGER,
    retired_reason TEXT,
    file_size INTEGER,
    mtime_ns INTEGER,
    fingerprint TEXT,
    missing_since INTEGER,
    thumbnail_path TEXT,
    tags TEXT NOT NULL,
    rating INTEGER,
    note TEXT,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_images PRIMARY KEY (seq),
    CONSTRAINT ck_images_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_images_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_images_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_images_id UNIQUE (id)
)
 STRICT

CREATE INDEX ix_images_calibration_id ON images (calibration_id)

CREATE INDEX ix_images_created_at ON images (created_at, id)

CREATE INDEX ix_images_field ON images (field, mid_mjd, id)

CREATE INDEX ix_images_fingerprint ON images (fingerprint)

CREATE INDEX ix_images_grade ON images (grade, created_at, id)

CREATE INDEX ix_images_job_id ON images (job_id)

CREATE INDEX ix_images_mid_mjd ON images (mid_mjd, id)

CREATE INDEX ix_images_ms_id ON images (ms_id)

CREATE INDEX ix_images_noise_jy ON images (noise_jy, id)

CREATE INDEX ix_images_parent_id ON images (parent_id)

CREATE INDEX ix_images_reach_cell ON images (reach, cell)

CREATE INDEX ix_images_version_of ON images (version_of, version)

CREATE TABLE image_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_image_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT

CREATE TABLE radio_rules (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    rules TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_radio_rules PRIMARY KEY (seq),
    CONSTRAINT uq_radio_rules_id UNIQUE (id)
)
 STRICT

CREATE TABLE sources (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    made_by TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    ra_error_arcsec REAL,
    dec_error_arcsec REAL,
    said_ra_deg REAL NOT NULL,
    said_dec_deg REAL NOT NULL,
    said_ra_error_arcsec REAL,
    said_dec_error_arcsec REAL,
    cell INTEGER NOT NULL,
    sum_n INTEGER NOT NULL,
    sum_x REAL NOT NULL,
    sum_y REAL NOT NULL,
    sum_z REAL NOT NULL,
    weight_ra REAL NOT NULL,
    weight_dec REAL NOT NULL,
    n_detections INTEGER NOT NULL,
    n_measurements INTEGER NOT NULL,
    first_mjd REAL,
    last_mjd REAL,
    band TEXT,
    stokes TEXT,
    n_epochs INTEGER NOT NULL,
    n_forced INTEGER NOT NULL,
    peak_mean_jy REAL,
    peak_weighted_mean_jy REAL,
    peak_minimum_jy REAL,
    peak_maximum_jy REAL,
    peak_v REAL,
    peak_eta REAL,
    peak_vs REAL,
    peak_m REAL,
    integrated_mean_jy REAL,
    integrated_weighted_mean_jy REAL,
    integrated_minimum_jy REAL,
    integrated_maximum_jy REAL,
    integrated_v REAL,
    integrated_eta REAL,
    integrated_vs REAL,
    integrated_m REAL,
    grade TEXT,
    grade_computed TEXT,
    grade_reasons TEXT NOT NULL,
    graded_at INTEGER,
    grade_given TEXT,
    tags TEXT NOT NULL,
    rating INTEGER,
    note TEXT,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_sources PRIMARY KEY (seq),
    CONSTRAINT ck_sources_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_sources_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT ck_sources_made_by CHECK (made_by IN ('association', 'caller')),
    CONSTRAINT uq_sources_id UNIQUE (id)
)
 STRICT

CREATE INDEX ix_sources_cell ON sources (cell)

CREATE INDEX ix_sources_created_at ON sources (created_at, id)

CREATE INDEX ix_sources_job_id ON sources (job_id)

CREATE INDEX ix_sources_n_epochs ON sources (n_epochs, id)

CREATE INDEX ix_sources_name ON sources (name, id)

CREATE INDEX ix_sources_peak_eta ON sources (peak_eta, id)

CREATE INDEX ix_sources_peak_mean_jy ON sources (peak_mean_jy, id)

CREATE INDEX ix_sources_peak_v ON sources (peak_v, id)

CREATE TABLE radio_turns (
    name TEXT NOT NULL,
    taken INTEGER NOT NULL,
    CONSTRAINT pk_radio_turns PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT

CREATE TABLE measurement_sets (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    path TEXT NOT NULL,
    filename TEXT NOT NULL,
    search_text TEXT NOT NULL,
    name TEXT,
    format TEXT,
    telescope TEXT,
    observer TEXT,
    project TEXT,
    field_names TEXT NOT NULL,
    field_ra_deg TEXT NOT NULL,
    field_dec_deg TEXT NOT NULL,
    n_fields INTEGER,
    ra_deg REAL,
    dec_deg REAL,
    n_spws INTEGER,
    n_channels INTEGER,
    frequency_min_hz REAL,
    frequency_max_hz REAL,
    correlations TEXT NOT NULL,
    n_antennas INTEGER,
    n_baselines INTEGER,
    n_rows INTEGER,
    integration_seconds REAL,
    duration_seconds REAL,
    start_mjd REAL,
    mid_mjd REAL,
    end_mjd REAL,
    data_columns TEXT NOT NULL,
    flagged_fraction REAL,
    stage TEXT,
    status TEXT,
    calibration_applied TEXT NOT NULL,
    flags TEXT NOT NULL,
    cell INTEGER,
    grade TEXT,
    grade_computed TEXT,
    grade_reasons TEXT NOT NULL,
    graded_at INTEGER,
    grade_given TEXT,
    retired_at INTEGER,
    retired_reason TEXT,
    file_size INTEGER,
    mtime_ns INTEGER,
    fingerprint TEXT,
    missing_since INTEGER,
    tags TEXT NOT NULL,
    rating INTEGER,
    note TEXT,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_measurement_sets PRIMARY KEY (seq),
    CONSTRAINT ck_measurement_sets_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_measurement_sets_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_measurement_sets_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_measurement_sets_id UNIQUE (id)
)
 STRICT

CREATE INDEX ix_measurement_sets_cell ON measurement_sets (cell)

CREATE INDEX ix_measurement_sets_created_at ON measurement_sets (created_at, id)

CREATE INDEX ix_measurement_sets_fingerprint ON measurement_sets (fingerprint)

CREATE INDEX ix_measurement_sets_job_id ON measurement_sets (job_id)

CREATE INDEX ix_measurement_sets_mid_mjd ON measurement_sets (mid_mjd, id)

CREATE TABLE ms_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_ms_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT

CREATE TABLE calibration_tables (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    path TEXT NOT NULL,
    filename TEXT NOT NULL,
    search_text TEXT NOT NULL,
    name TEXT,
    type TEXT,
    telescope TEXT,
    field_names TEXT NOT NULL,
    ms_name TEXT,
    start_mjd REAL,
    mid_mjd REAL,
    end_mjd REAL,
    reference_antennas TEXT NOT NULL,
    n_antennas INTEGER,
    n_spws INTEGER,
    n_solutions INTEGER,
    frequency_min_hz REAL,
    frequency_max_hz REAL,
    flagged_fraction REAL,
    flags TEXT NOT NULL,
    grade TEXT,
    grade_computed TEXT,
    grade_reasons TEXT NOT NULL,
    graded_at INTEGER,
    grade_given TEXT,
    retired_at INTEGER,
    retired_reason TEXT,
    file_size INTEGER,
    mtime_ns INTEGER,
    fingerprint TEXT,
    missing_since INTEGER,
    tags TEXT NOT NULL,
    rating INTEGER,
    note TEXT,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_calibration_tables PRIMARY KEY (seq),
    CONSTRAINT ck_calibration_tables_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_calibration_tables_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_calibration_tables_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_calibration_tables_id UNIQUE (id)
)
 STRICT

CREATE INDEX ix_calibration_tables_created_at ON calibration_tables (created_at, id)

CREATE INDEX ix_calibration_tables_end_mjd ON calibration_tables (end_mjd)

CREATE INDEX ix_calibration_tables_fingerprint ON calibration_tables (fingerprint)

CREATE INDEX ix_calibration_tables_job_id ON calibration_tables (job_id)

CREATE INDEX ix_calibration_tables_mid_mjd ON calibration_tables (mid_mjd, id)

CREATE INDEX ix_calibration_tables_ms_name ON calibration_tables (ms_name)

CREATE TABLE calibration_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_calibration_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT

CREATE TABLE ms_calibration (
    ms INTEGER NOT NULL,
    calibration INTEGER NOT NULL,
    how TEXT NOT NULL,
    applied INTEGER NOT NULL,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_ms_calibration PRIMARY KEY (ms, calibration),
    CONSTRAINT ck_ms_calibration_how CHECK (how IN ('recorded', 'validity')),
    CONSTRAINT fk_ms_calibration_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE,
    CONSTRAINT fk_ms_calibration_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_ms_calibration_calibration ON ms_calibration (calibration)

CREATE TABLE image_inputs (
    image INTEGER NOT NULL,
    input INTEGER NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_image_inputs PRIMARY KEY (image, input),
    CONSTRAINT fk_image_inputs_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE,
    CONSTRAINT fk_image_inputs_input FOREIGN KEY(input) REFERENCES images (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_image_inputs_input ON image_inputs (input)

CREATE TABLE image_tags (
    tag TEXT NOT NULL,
    image INTEGER NOT NULL,
    CONSTRAINT pk_image_tags PRIMARY KEY (tag, image),
    CONSTRAINT fk_image_tags_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_image_tags_image ON image_tags (image)

CREATE TABLE source_tags (
    tag TEXT NOT NULL,
    source INTEGER NOT NULL,
    CONSTRAINT pk_source_tags PRIMARY KEY (tag, source),
    CONSTRAINT fk_source_tags_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_source_tags_source ON source_tags (source)

CREATE TABLE measurements (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    source INTEGER,
    image INTEGER NOT NULL,
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
    counts INTEGER NOT NULL,
    why_not TEXT,
    job_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_measurements PRIMARY KEY (seq),
    CONSTRAINT ck_measurements_kind CHECK (kind IN ('detected', 'imported', 'forced')),
    CONSTRAINT uq_measurements_id UNIQUE (id),
    CONSTRAINT fk_measurements_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE SET NULL,
    CONSTRAINT fk_measurements_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
)
 STRICT

CREATE INDEX ix_measurements_former_source ON measurements (former_source) WHERE former_source IS
NOT NULL

CREATE INDEX ix_measurements_image ON measurements (image, source, kind)

CREATE INDEX ix_measurements_job_id ON measurements (job_id)

CREATE INDEX ix_measurements_source ON measurements (source, mid_mjd, id)

CREATE TABLE source_statistics (
    seq INTEGER NOT NULL,
    source INTEGER NOT NULL,
    band TEXT NOT NULL,
    stokes TEXT NOT NULL,
    is_main INTEGER NOT NULL,
    n_epochs INTEGER NOT NULL,
    n_detections INTEGER NOT NULL,
    n_forced INTEGER NOT NULL,
    first_mjd REAL,
    last_mjd REAL,
    peak_n INTEGER NOT NULL,
    peak_mean_jy REAL,
    peak_mean_rest_jy REAL,
    peak_m2 REAL,
    peak_weight REAL,
    peak_weighted_mean_jy REAL,
    peak_weighted_mean_rest_jy REAL,
    peak_weighted_m2 REAL,
    peak_minimum_jy REAL,
    peak_minimum_mjd REAL,
    peak_minimum_key TEXT,
    peak_maximum_jy REAL,
    peak_maximum_mjd REAL,
    peak_maximum_key TEXT,
    peak_smallest_error_jy REAL,
    peak_pair_vs REAL,
    peak_pair_m REAL,
    peak_brighter_jy REAL,
    peak_brighter_error_jy REAL,
    peak_brighter_mjd REAL,
    peak_brighter_key TEXT,
    peak_fainter_jy REAL,
    peak_fainter_error_jy REAL,
    peak_fainter_mjd REAL,
    peak_fainter_key TEXT,
    peak_v REAL,
    peak_eta REAL,
    integrated_n INTEGER NOT NULL,
    integrated_mean_jy REAL,
    integrated_mean_rest_jy REAL,
    integrated_m2 REAL,
    integrated_weight REAL,
    integrated_weighted_mean_jy REAL,
    integrated_weighted_mean_rest_jy REAL,
    integrated_weighted_m2 REAL,
    integrated_minimum_jy REAL,
    integrated_minimum_mjd REAL,
    integrated_minimum_key TEXT,
    integrated_maximum_jy REAL,
    integrated_maximum_mjd REAL,
    integrated_maximum_key TEXT,
    integrated_smallest_error_jy REAL,
    integrated_pair_vs REAL,
    integrated_pair_m REAL,
    integrated_brighter_jy REAL,
    integrated_brighter_error_jy REAL,
    integrated_brighter_mjd REAL,
    integrated_brighter_key TEXT,
    integrated_fainter_jy REAL,
    integrated_fainter_error_jy REAL,
    integrated_fainter_mjd REAL,
    integrated_fainter_key TEXT,
    integrated_v REAL,
    integrated_eta REAL,
    CONSTRAINT pk_source_statistics PRIMARY KEY (seq),
    CONSTRAINT uq_source_statistics_source_band_stokes UNIQUE (source, band, stokes),
    CONSTRAINT fk_source_statistics_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)
 STRICT

CREATE INDEX ix_source_statistics_band ON source_statistics (band, stokes, n_epochs)

CREATE TABLE ms_tags (
    tag TEXT NOT NULL,
    ms INTEGER NOT NULL,
    CONSTRAINT pk_ms_tags PRIMARY KEY (tag, ms),
    CONSTRAINT fk_ms_tags_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_ms_tags_ms ON ms_tags (ms)

CREATE TABLE calibration_tags (
    tag TEXT NOT NULL,
    calibration INTEGER NOT NULL,
    CONSTRAINT pk_calibration_tags PRIMARY KEY (tag, calibration),
    CONSTRAINT fk_calibration_tags_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

CREATE INDEX ix_calibration_tags_calibration ON calibration_tags (calibration)

CREATE TRIGGER image_tags_insert AFTER INSERT ON images WHEN new.tags <> '[]' BEGIN INSERT OR
IGNORE INTO image_tags (tag, image) SELECT value, new.seq FROM json_each(new.tags); END

CREATE TRIGGER image_tags_update AFTER UPDATE OF tags ON images WHEN old.tags <> new.tags BEGIN
DELETE FROM image_tags WHERE image = old.seq; INSERT OR IGNORE INTO image_tags (tag, image) SELECT
value, new.seq FROM json_each(new.tags); END

CREATE VIRTUAL TABLE images_fts USING fts5(search_text, content='', contentless_delete=1,
detail=none, tokenize='trigram case_sensitive 1')

CREATE TRIGGER images_fts_insert AFTER INSERT ON images BEGIN INSERT INTO images_fts (rowid,
search_text) VALUES (new.seq, new.search_text); END

CREATE TRIGGER images_fts_delete AFTER DELETE ON images BEGIN DELETE FROM images_fts WHERE rowid =
old.seq; END

CREATE TRIGGER images_fts_update AFTER UPDATE OF search_text ON images WHEN old.search_text IS NOT
new.search_text BEGIN DELETE FROM images_fts WHERE rowid = old.seq; INSERT INTO images_fts (rowid,
search_text) VALUES (new.seq, new.search_text); END

CREATE TRIGGER image_sums_insert AFTER INSERT ON images BEGIN INSERT INTO image_sums (missing,
shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0))
ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END

CREATE TRIGGER image_sums_delete AFTER DELETE ON images BEGIN INSERT INTO image_sums (missing,
shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size,
0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END

CREATE TRIGGER image_sums_update AFTER UPDATE OF file_size, missing_since ON images WHEN
old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> (new.missing_since IS NULL)
BEGIN INSERT INTO image_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL,
0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; INSERT INTO image_sums (missing, shard, files,
bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT
(missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END

CREATE TRIGGER source_tags_insert AFTER INSERT ON sources WHEN new.tags <> '[]' BEGIN INSERT OR
IGNORE INTO source_tags (tag, source) SELECT value, new.seq FROM json_each(new.tags); END

CREATE TRIGGER source_tags_update AFTER UPDATE OF tags ON sources WHEN old.tags <> new.tags BEGIN
DELETE FROM source_tags WHERE source = old.seq; INSERT OR IGNORE INTO source_tags (tag, source)
SELECT value, new.seq FROM json_each(new.tags); END

CREATE TRIGGER ms_tags_insert AFTER INSERT ON measurement_sets WHEN new.tags <> '[]' BEGIN INSERT
OR IGNORE INTO ms_tags (tag, ms) SELECT value, new.seq FROM json_each(new.tags); END

CREATE TRIGGER ms_tags_update AFTER UPDATE OF tags ON measurement_sets WHEN old.tags <> new.tags
BEGIN DELETE FROM ms_tags WHERE ms = old.seq; INSERT OR IGNORE INTO ms_tags (tag, ms) SELECT
value, new.seq FROM json_each(new.tags); END

CREATE VIRTUAL TABLE measurement_sets_fts USING fts5(search_text, content='',
contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1')

CREATE TRIGGER measurement_sets_fts_insert AFTER INSERT ON measurement_sets BEGIN INSERT INTO
measurement_sets_fts (rowid, search_text) VALUES (new.seq, new.search_text); END

CREATE TRIGGER measurement_sets_fts_delete AFTER DELETE ON measurement_sets BEGIN DELETE FROM
measurement_sets_fts WHERE rowid = old.seq; END

CREATE TRIGGER measurement_sets_fts_update AFTER UPDATE OF search_text ON measurement_sets WHEN
old.search_text IS NOT new.search_text BEGIN DELETE FROM measurement_sets_fts WHERE rowid =
old.seq; INSERT INTO measurement_sets_fts (rowid, search_text) VALUES (new.seq, new.search_text);
END

CREATE TRIGGER ms_sums_insert AFTER INSERT ON measurement_sets BEGIN INSERT INTO ms_sums (missing,
shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0))
ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END

CREATE TRIGGER ms_sums_delete AFTER DELETE ON measurement_sets BEGIN INSERT INTO ms_sums (missing,
shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size,
0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END

CREATE TRIGGER ms_sums_update AFTER UPDATE OF file_size, missing_since ON measurement_sets WHEN
old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> (new.missing_since IS NULL)
BEGIN INSERT INTO ms_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0,
-1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; INSERT INTO ms_sums (missing, shard, files, bytes)
VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing,
shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END

CREATE TRIGGER calibration_tags_insert AFTER INSERT ON calibration_tables WHEN new.tags <> '[]'
BEGIN INSERT OR IGNORE INTO calibration_tags (tag, calibration) SELECT value, new.seq FROM
json_each(new.tags); END

CREATE TRIGGER calibration_tags_update AFTER UPDATE OF tags ON calibration_tables WHEN old.tags <>
new.tags BEGIN DELETE FROM calibration_tags WHERE calibration = old.seq; INSERT OR IGNORE INTO
calibration_tags (tag, calibration) SELECT value, new.seq FROM json_each(new.tags); END

CREATE VIRTUAL TABLE calibration_tables_fts USING fts5(search_text, content='',
contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1')

CREATE TRIGGER calibration_tables_fts_insert AFTER INSERT ON calibration_tables BEGIN INSERT INTO
calibration_tables_fts (rowid, search_text) VALUES (new.seq, new.search_text); END

CREATE TRIGGER calibration_tables_fts_delete AFTER DELETE ON calibration_tables BEGIN DELETE FROM
calibration_tables_fts WHERE rowid = old.seq; END

CREATE TRIGGER calibration_tables_fts_update AFTER UPDATE OF search_text ON calibration_tables
WHEN old.search_text IS NOT new.search_text BEGIN DELETE FROM calibration_tables_fts WHERE rowid =
old.seq; INSERT INTO calibration_tables_fts (rowid, search_text) VALUES (new.seq,
new.search_text); END

CREATE TRIGGER calibration_sums_insert AFTER INSERT ON calibration_tables BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 *
coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END

CREATE TRIGGER calibration_sums_delete AFTER DELETE ON calibration_tables BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 *
coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END

CREATE TRIGGER calibration_sums_update AFTER UPDATE OF file_size, missing_since ON
calibration_tables WHEN old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <>
(new.missing_since IS NULL) BEGIN INSERT INTO calibration_sums (missing, shard, files, bytes)
VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT
(missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes;
INSERT INTO calibration_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL,
0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END
