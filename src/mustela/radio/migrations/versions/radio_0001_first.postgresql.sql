CREATE TABLE reference_sources (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    catalogue TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    ra_deg DOUBLE PRECISION NOT NULL,
    dec_deg DOUBLE PRECISION NOT NULL,
    flux_jy DOUBLE PRECISION,
    frequency_hz DOUBLE PRECISION,
    cell BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_reference_sources PRIMARY KEY (seq),
    CONSTRAINT ck_reference_sources_role CHECK (role IN ('calibrator', 'astrometry')),
    CONSTRAINT uq_reference_sources_catalogue_name UNIQUE (catalogue, name),
    CONSTRAINT uq_reference_sources_id UNIQUE (id)
)

CREATE INDEX ix_reference_sources_cell ON reference_sources (cell)

CREATE TABLE images (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    root_id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    hdu BIGINT,
    telescope TEXT COLLATE "C",
    instrument TEXT COLLATE "C",
    observer TEXT COLLATE "C",
    field TEXT COLLATE "C",
    ra_deg DOUBLE PRECISION,
    dec_deg DOUBLE PRECISION,
    radius_deg DOUBLE PRECISION,
    footprint TEXT COLLATE "C",
    projection TEXT COLLATE "C",
    wcs TEXT COLLATE "C",
    width_px BIGINT,
    height_px BIGINT,
    n_planes BIGINT,
    pixel_scale_arcsec DOUBLE PRECISION,
    frequency_hz DOUBLE PRECISION,
    bandwidth_hz DOUBLE PRECISION,
    n_channels BIGINT,
    stokes TEXT COLLATE "C",
    beam_major_arcsec DOUBLE PRECISION,
    beam_minor_arcsec DOUBLE PRECISION,
    beam_pa_deg DOUBLE PRECISION,
    units TEXT COLLATE "C",
    start_mjd DOUBLE PRECISION,
    mid_mjd DOUBLE PRECISION,
    end_mjd DOUBLE PRECISION,
    integration_seconds DOUBLE PRECISION,
    kind TEXT COLLATE "C",
    pbcor BIGINT,
    imaging TEXT COLLATE "C",
    noise_jy DOUBLE PRECISION,
    peak_jy DOUBLE PRECISION,
    min_jy DOUBLE PRECISION,
    dynamic_range DOUBLE PRECISION,
    blank_fraction DOUBLE PRECISION,
    flags TEXT COLLATE "C" NOT NULL,
    ms_id TEXT COLLATE "C",
    calibration_id TEXT COLLATE "C",
    parent_id TEXT COLLATE "C",
    version_of TEXT COLLATE "C",
    version BIGINT,
    theoretical_noise_jy DOUBLE PRECISION,
    n_sources BIGINT,
    is_current BIGINT NOT NULL,
    counts BIGINT NOT NULL,
    why_not TEXT COLLATE "C",
    cell BIGINT,
    reach BIGINT,
    grade TEXT COLLATE "C",
    grade_computed TEXT COLLATE "C",
    grade_reasons TEXT COLLATE "C" NOT NULL,
    graded_at BIGINT,
    grade_given TEXT COLLATE "C",
    retired_at BIGINT,
    retired_reason TEXT COLLATE "C",
    file_size BIGINT,
    mtime_ns BIGINT,
    fingerprint TEXT COLLATE "C",
    missing_since BIGINT,
    thumbnail_path TEXT COLLATE "C",
    tags TEXT COLLATE "C" NOT NULL,
    rating BIGINT,
    note TEXT COLLATE "C",
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_images PRIMARY KEY (seq),
    CONSTRAINT ck_images_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_images_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_images_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_images_id UNIQUE (id)
)

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
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_image_sums PRIMARY KEY (missing, shard)
)

CREATE TABLE radio_rules (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    rules TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT pk_radio_rules PRIMARY KEY (seq),
    CONSTRAINT uq_radio_rules_id UNIQUE (id)
)

CREATE TABLE sources (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    ra_deg DOUBLE PRECISION NOT NULL,
    dec_deg DOUBLE PRECISION NOT NULL,
    ra_error_arcsec DOUBLE PRECISION,
    dec_error_arcsec DOUBLE PRECISION,
    said_ra_deg DOUBLE PRECISION NOT NULL,
    said_dec_deg DOUBLE PRECISION NOT NULL,
    said_ra_error_arcsec DOUBLE PRECISION,
    said_dec_error_arcsec DOUBLE PRECISION,
    cell BIGINT NOT NULL,
    sum_n BIGINT NOT NULL,
    sum_x DOUBLE PRECISION NOT NULL,
    sum_y DOUBLE PRECISION NOT NULL,
    sum_z DOUBLE PRECISION NOT NULL,
    weight_ra DOUBLE PRECISION NOT NULL,
    weight_dec DOUBLE PRECISION NOT NULL,
    n_detections BIGINT NOT NULL,
    n_measurements BIGINT NOT NULL,
    first_mjd DOUBLE PRECISION,
    last_mjd DOUBLE PRECISION,
    band TEXT COLLATE "C",
    stokes TEXT COLLATE "C",
    n_epochs BIGINT NOT NULL,
    n_forced BIGINT NOT NULL,
    peak_mean_jy DOUBLE PRECISION,
    peak_weighted_mean_jy DOUBLE PRECISION,
    peak_minimum_jy DOUBLE PRECISION,
    peak_maximum_jy DOUBLE PRECISION,
    peak_v DOUBLE PRECISION,
    peak_eta DOUBLE PRECISION,
    peak_vs DOUBLE PRECISION,
    peak_m DOUBLE PRECISION,
    integrated_mean_jy DOUBLE PRECISION,
    integrated_weighted_mean_jy DOUBLE PRECISION,
    integrated_minimum_jy DOUBLE PRECISION,
    integrated_maximum_jy DOUBLE PRECISION,
    integrated_v DOUBLE PRECISION,
    integrated_eta DOUBLE PRECISION,
    integrated_vs DOUBLE PRECISION,
    integrated_m DOUBLE PRECISION,
    grade TEXT COLLATE "C",
    grade_computed TEXT COLLATE "C",
    grade_reasons TEXT COLLATE "C" NOT NULL,
    graded_at BIGINT,
    grade_given TEXT COLLATE "C",
    tags TEXT COLLATE "C" NOT NULL,
    rating BIGINT,
    note TEXT COLLATE "C",
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT pk_sources PRIMARY KEY (seq),
    CONSTRAINT ck_sources_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_sources_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT ck_sources_made_by CHECK (made_by IN ('association', 'caller')),
    CONSTRAINT uq_sources_id UNIQUE (id)
)

CREATE INDEX ix_sources_cell ON sources (cell)

CREATE INDEX ix_sources_created_at ON sources (created_at, id)

CREATE INDEX ix_sources_job_id ON sources (job_id)

CREATE INDEX ix_sources_n_epochs ON sources (n_epochs, id)

CREATE INDEX ix_sources_name ON sources (name, id)

CREATE INDEX ix_sources_peak_eta ON sources (peak_eta, id)

CREATE INDEX ix_sources_peak_mean_jy ON sources (peak_mean_jy, id)

CREATE INDEX ix_sources_peak_v ON sources (peak_v, id)

CREATE TABLE radio_turns (
    name TEXT COLLATE "C" NOT NULL,
    taken BIGINT NOT NULL,
    CONSTRAINT pk_radio_turns PRIMARY KEY (name)
)

CREATE TABLE measurement_sets (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    root_id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    format TEXT COLLATE "C",
    telescope TEXT COLLATE "C",
    observer TEXT COLLATE "C",
    project TEXT COLLATE "C",
    field_names TEXT COLLATE "C" NOT NULL,
    field_ra_deg TEXT COLLATE "C" NOT NULL,
    field_dec_deg TEXT COLLATE "C" NOT NULL,
    n_fields BIGINT,
    ra_deg DOUBLE PRECISION,
    dec_deg DOUBLE PRECISION,
    n_spws BIGINT,
    n_channels BIGINT,
    frequency_min_hz DOUBLE PRECISION,
    frequency_max_hz DOUBLE PRECISION,
    correlations TEXT COLLATE "C" NOT NULL,
    n_antennas BIGINT,
    n_baselines BIGINT,
    n_rows BIGINT,
    integration_seconds DOUBLE PRECISION,
    duration_seconds DOUBLE PRECISION,
    start_mjd DOUBLE PRECISION,
    mid_mjd DOUBLE PRECISION,
    end_mjd DOUBLE PRECISION,
    data_columns TEXT COLLATE "C" NOT NULL,
    flagged_fraction DOUBLE PRECISION,
    stage TEXT COLLATE "C",
    status TEXT COLLATE "C",
    calibration_applied TEXT COLLATE "C" NOT NULL,
    flags TEXT COLLATE "C" NOT NULL,
    cell BIGINT,
    grade TEXT COLLATE "C",
    grade_computed TEXT COLLATE "C",
    grade_reasons TEXT COLLATE "C" NOT NULL,
    graded_at BIGINT,
    grade_given TEXT COLLATE "C",
    retired_at BIGINT,
    retired_reason TEXT COLLATE "C",
    file_size BIGINT,
    mtime_ns BIGINT,
    fingerprint TEXT COLLATE "C",
    missing_since BIGINT,
    tags TEXT COLLATE "C" NOT NULL,
    rating BIGINT,
    note TEXT COLLATE "C",
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_measurement_sets PRIMARY KEY (seq),
    CONSTRAINT ck_measurement_sets_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_measurement_sets_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_measurement_sets_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_measurement_sets_id UNIQUE (id)
)

CREATE INDEX ix_measurement_sets_cell ON measurement_sets (cell)

CREATE INDEX ix_measurement_sets_created_at ON measurement_sets (created_at, id)

CREATE INDEX ix_measurement_sets_fingerprint ON measurement_sets (fingerprint)

CREATE INDEX ix_measurement_sets_job_id ON measurement_sets (job_id)

CREATE INDEX ix_measurement_sets_mid_mjd ON measurement_sets (mid_mjd, id)

CREATE TABLE ms_sums (
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_ms_sums PRIMARY KEY (missing, shard)
)

CREATE TABLE calibration_tables (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    root_id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    type TEXT COLLATE "C",
    telescope TEXT COLLATE "C",
    field_names TEXT COLLATE "C" NOT NULL,
    ms_name TEXT COLLATE "C",
    start_mjd DOUBLE PRECISION,
    mid_mjd DOUBLE PRECISION,
    end_mjd DOUBLE PRECISION,
    reference_antennas TEXT COLLATE "C" NOT NULL,
    n_antennas BIGINT,
    n_spws BIGINT,
    n_solutions BIGINT,
    frequency_min_hz DOUBLE PRECISION,
    frequency_max_hz DOUBLE PRECISION,
    flagged_fraction DOUBLE PRECISION,
    flags TEXT COLLATE "C" NOT NULL,
    grade TEXT COLLATE "C",
    grade_computed TEXT COLLATE "C",
    grade_reasons TEXT COLLATE "C" NOT NULL,
    graded_at BIGINT,
    grade_given TEXT COLLATE "C",
    retired_at BIGINT,
    retired_reason TEXT COLLATE "C",
    file_size BIGINT,
    mtime_ns BIGINT,
    fingerprint TEXT COLLATE "C",
    missing_since BIGINT,
    tags TEXT COLLATE "C" NOT NULL,
    rating BIGINT,
    note TEXT COLLATE "C",
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_calibration_tables PRIMARY KEY (seq),
    CONSTRAINT ck_calibration_tables_grade_given CHECK (grade_given IN ('good', 'warn', 'fail')),
    CONSTRAINT ck_calibration_tables_rating CHECK (rating BETWEEN 0 AND 5),
    CONSTRAINT uq_calibration_tables_root_id_path UNIQUE (root_id, path),
    CONSTRAINT uq_calibration_tables_id UNIQUE (id)
)

CREATE INDEX ix_calibration_tables_created_at ON calibration_tables (created_at, id)

CREATE INDEX ix_calibration_tables_end_mjd ON calibration_tables (end_mjd)

CREATE INDEX ix_calibration_tables_fingerprint ON calibration_tables (fingerprint)

CREATE INDEX ix_calibration_tables_job_id ON calibration_tables (job_id)

CREATE INDEX ix_calibration_tables_mid_mjd ON calibration_tables (mid_mjd, id)

CREATE INDEX ix_calibration_tables_ms_name ON calibration_tables (ms_name)

CREATE TABLE calibration_sums (
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_calibration_sums PRIMARY KEY (missing, shard)
)

CREATE TABLE ms_calibration (
    ms BIGINT NOT NULL,
    calibration BIGINT NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    applied BIGINT NOT NULL,
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_ms_calibration PRIMARY KEY (ms, calibration),
    CONSTRAINT ck_ms_calibration_how CHECK (how IN ('recorded', 'validity')),
    CONSTRAINT fk_ms_calibration_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE,
    CONSTRAINT fk_ms_calibration_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
)

CREATE INDEX ix_ms_calibration_calibration ON ms_calibration (calibration)

CREATE TABLE image_inputs (
    image BIGINT NOT NULL,
    input BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_image_inputs PRIMARY KEY (image, input),
    CONSTRAINT fk_image_inputs_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE,
    CONSTRAINT fk_image_inputs_input FOREIGN KEY(input) REFERENCES images (seq) ON DELETE CASCADE
)

CREATE INDEX ix_image_inputs_input ON image_inputs (input)

CREATE TABLE image_tags (
    tag TEXT COLLATE "C" NOT NULL,
    image BIGINT NOT NULL,
    CONSTRAINT pk_image_tags PRIMARY KEY (tag, image),
    CONSTRAINT fk_image_tags_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
)

CREATE INDEX ix_image_tags_image ON image_tags (image)

CREATE TABLE source_tags (
    tag TEXT COLLATE "C" NOT NULL,
    source BIGINT NOT NULL,
    CONSTRAINT pk_source_tags PRIMARY KEY (tag, source),
    CONSTRAINT fk_source_tags_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)

CREATE INDEX ix_source_tags_source ON source_tags (source)

CREATE TABLE measurements (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    source BIGINT,
    image BIGINT NOT NULL,
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
    counts BIGINT NOT NULL,
    why_not TEXT COLLATE "C",
    job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_measurements PRIMARY KEY (seq),
    CONSTRAINT ck_measurements_kind CHECK (kind IN ('detected', 'imported', 'forced')),
    CONSTRAINT uq_measurements_id UNIQUE (id),
    CONSTRAINT fk_measurements_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE SET NULL,
    CONSTRAINT fk_measurements_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
)

CREATE INDEX ix_measurements_former_source ON measurements (former_source) WHERE former_source IS
NOT NULL

CREATE INDEX ix_measurements_image ON measurements (image, source, kind)

CREATE INDEX ix_measurements_job_id ON measurements (job_id)

CREATE INDEX ix_measurements_source ON measurements (source, mid_mjd, id)

CREATE TABLE source_statistics (
    seq BIGSERIAL NOT NULL,
    source BIGINT NOT NULL,
    band TEXT COLLATE "C" NOT NULL,
    stokes TEXT COLLATE "C" NOT NULL,
    is_main BIGINT NOT NULL,
    n_epochs BIGINT NOT NULL,
    n_detections BIGINT NOT NULL,
    n_forced BIGINT NOT NULL,
    first_mjd DOUBLE PRECISION,
    last_mjd DOUBLE PRECISION,
    peak_n BIGINT NOT NULL,
    peak_mean_jy DOUBLE PRECISION,
    peak_mean_rest_jy DOUBLE PRECISION,
    peak_m2 DOUBLE PRECISION,
    peak_weight DOUBLE PRECISION,
    peak_weighted_mean_jy DOUBLE PRECISION,
    peak_weighted_mean_rest_jy DOUBLE PRECISION,
    peak_weighted_m2 DOUBLE PRECISION,
    peak_minimum_jy DOUBLE PRECISION,
    peak_minimum_mjd DOUBLE PRECISION,
    peak_minimum_key TEXT COLLATE "C",
    peak_maximum_jy DOUBLE PRECISION,
    peak_maximum_mjd DOUBLE PRECISION,
    peak_maximum_key TEXT COLLATE "C",
    peak_smallest_error_jy DOUBLE PRECISION,
    peak_pair_vs DOUBLE PRECISION,
    peak_pair_m DOUBLE PRECISION,
    peak_brighter_jy DOUBLE PRECISION,
    peak_brighter_error_jy DOUBLE PRECISION,
    peak_brighter_mjd DOUBLE PRECISION,
    peak_brighter_key TEXT COLLATE "C",
    peak_fainter_jy DOUBLE PRECISION,
    peak_fainter_error_jy DOUBLE PRECISION,
    peak_fainter_mjd DOUBLE PRECISION,
    peak_fainter_key TEXT COLLATE "C",
    peak_v DOUBLE PRECISION,
    peak_eta DOUBLE PRECISION,
    integrated_n BIGINT NOT NULL,
    integrated_mean_jy DOUBLE PRECISION,
    integrated_mean_rest_jy DOUBLE PRECISION,
    integrated_m2 DOUBLE PRECISION,
    integrated_weight DOUBLE PRECISION,
    integrated_weighted_mean_jy DOUBLE PRECISION,
    integrated_weighted_mean_rest_jy DOUBLE PRECISION,
    integrated_weighted_m2 DOUBLE PRECISION,
    integrated_minimum_jy DOUBLE PRECISION,
    integrated_minimum_mjd DOUBLE PRECISION,
    integrated_minimum_key TEXT COLLATE "C",
    integrated_maximum_jy DOUBLE PRECISION,
    integrated_maximum_mjd DOUBLE PRECISION,
    integrated_maximum_key TEXT COLLATE "C",
    integrated_smallest_error_jy DOUBLE PRECISION,
    integrated_pair_vs DOUBLE PRECISION,
    integrated_pair_m DOUBLE PRECISION,
    integrated_brighter_jy DOUBLE PRECISION,
    integrated_brighter_error_jy DOUBLE PRECISION,
    integrated_brighter_mjd DOUBLE PRECISION,
    integrated_brighter_key TEXT COLLATE "C",
    integrated_fainter_jy DOUBLE PRECISION,
    integrated_fainter_error_jy DOUBLE PRECISION,
    integrated_fainter_mjd DOUBLE PRECISION,
    integrated_fainter_key TEXT COLLATE "C",
    integrated_v DOUBLE PRECISION,
    integrated_eta DOUBLE PRECISION,
    CONSTRAINT pk_source_statistics PRIMARY KEY (seq),
    CONSTRAINT uq_source_statistics_source_band_stokes UNIQUE (source, band, stokes),
    CONSTRAINT fk_source_statistics_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)

CREATE INDEX ix_source_statistics_band ON source_statistics (band, stokes, n_epochs)

CREATE TABLE ms_tags (
    tag TEXT COLLATE "C" NOT NULL,
    ms BIGINT NOT NULL,
    CONSTRAINT pk_ms_tags PRIMARY KEY (tag, ms),
    CONSTRAINT fk_ms_tags_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE
)

CREATE INDEX ix_ms_tags_ms ON ms_tags (ms)

CREATE TABLE calibration_tags (
    tag TEXT COLLATE "C" NOT NULL,
    calibration BIGINT NOT NULL,
    CONSTRAINT pk_calibration_tags PRIMARY KEY (tag, calibration),
    CONSTRAINT fk_calibration_tags_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
)

CREATE INDEX ix_calibration_tags_calibration ON calibration_tags (calibration)

CREATE FUNCTION image_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
image_tags WHERE image = new.seq; INSERT INTO image_tags (tag, image) SELECT DISTINCT value,
new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$

CREATE TRIGGER image_tags_insert AFTER INSERT ON images FOR EACH ROW WHEN (new.tags <> '[]')
EXECUTE FUNCTION image_tags_keep()

CREATE TRIGGER image_tags_update AFTER UPDATE OF tags ON images FOR EACH ROW WHEN (old.tags <>
new.tags) EXECUTE FUNCTION image_tags_keep()

DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX ix_images_search_text_trigram ON
images USING gin (search_text gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$

CREATE FUNCTION image_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM image_sums RETURNING missing, files, bytes) INSERT INTO image_sums (missing,
shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint),
sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$

CREATE TRIGGER image_sums_insert AFTER INSERT ON images REFERENCING NEW TABLE AS added FOR EACH
STATEMENT EXECUTE FUNCTION image_sums_insert()

CREATE FUNCTION image_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS
NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM image_sums RETURNING missing, files, bytes) INSERT INTO image_sums (missing,
shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint),
sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$

CREATE TRIGGER image_sums_delete AFTER DELETE ON images REFERENCING OLD TABLE AS gone FOR EACH
STATEMENT EXECUTE FUNCTION image_sums_delete()

CREATE FUNCTION image_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added
UNION ALL SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM image_sums RETURNING
missing, files, bytes) INSERT INTO image_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$

CREATE TRIGGER image_sums_update AFTER UPDATE ON images REFERENCING OLD TABLE AS gone NEW TABLE AS
added FOR EACH STATEMENT EXECUTE FUNCTION image_sums_update()

CREATE FUNCTION source_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
source_tags WHERE source = new.seq; INSERT INTO source_tags (tag, source) SELECT DISTINCT value,
new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$

CREATE TRIGGER source_tags_insert AFTER INSERT ON sources FOR EACH ROW WHEN (new.tags <> '[]')
EXECUTE FUNCTION source_tags_keep()

CREATE TRIGGER source_tags_update AFTER UPDATE OF tags ON sources FOR EACH ROW WHEN (old.tags <>
new.tags) EXECUTE FUNCTION source_tags_keep()

CREATE FUNCTION ms_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM ms_tags
WHERE ms = new.seq; INSERT INTO ms_tags (tag, ms) SELECT DISTINCT value, new.seq FROM
json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$

CREATE TRIGGER ms_tags_insert AFTER INSERT ON measurement_sets FOR EACH ROW WHEN (new.tags <>
'[]') EXECUTE FUNCTION ms_tags_keep()

CREATE TRIGGER ms_tags_update AFTER UPDATE OF tags ON measurement_sets FOR EACH ROW WHEN (old.tags
<> new.tags) EXECUTE FUNCTION ms_tags_keep()

DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX
ix_measurement_sets_search_text_trigram ON measurement_sets USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN NULL; END $$

CREATE FUNCTION ms_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS
missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added) AS one GROUP BY missing
HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM
ms_sums RETURNING missing, files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT
missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone
GROUP BY missing; END IF; RETURN NULL; END $$

CREATE TRIGGER ms_sums_insert AFTER INSERT ON measurement_sets REFERENCING NEW TABLE AS added FOR
EACH STATEMENT EXECUTE FUNCTION ms_sums_insert()

CREATE FUNCTION ms_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS
missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing
HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM
ms_sums RETURNING missing, files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT
missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone
GROUP BY missing; END IF; RETURN NULL; END $$

CREATE TRIGGER ms_sums_delete AFTER DELETE ON measurement_sets REFERENCING OLD TABLE AS gone FOR
EACH STATEMENT EXECUTE FUNCTION ms_sums_delete()

CREATE FUNCTION ms_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS
missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added UNION ALL SELECT
CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM ms_sums RETURNING missing,
files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$

CREATE TRIGGER ms_sums_update AFTER UPDATE ON measurement_sets REFERENCING OLD TABLE AS gone NEW
TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ms_sums_update()

CREATE FUNCTION calibration_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
calibration_tags WHERE calibration = new.seq; INSERT INTO calibration_tags (tag, calibration)
SELECT DISTINCT value, new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL;
END $$

CREATE TRIGGER calibration_tags_insert AFTER INSERT ON calibration_tables FOR EACH ROW WHEN
(new.tags <> '[]') EXECUTE FUNCTION calibration_tags_keep()

CREATE TRIGGER calibration_tags_update AFTER UPDATE OF tags ON calibration_tables FOR EACH ROW
WHEN (old.tags <> new.tags) EXECUTE FUNCTION calibration_tags_keep()

DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX
ix_calibration_tables_search_text_trigram ON calibration_tables USING gin (search_text
gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$

CREATE FUNCTION calibration_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM calibration_sums RETURNING missing, files, bytes) INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN
NULL; END $$

CREATE TRIGGER calibration_sums_insert AFTER INSERT ON calibration_tables REFERENCING NEW TABLE AS
added FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_insert()

CREATE FUNCTION calibration_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS
NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM calibration_sums RETURNING missing, files, bytes) INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN
NULL; END $$

CREATE TRIGGER calibration_sums_delete AFTER DELETE ON calibration_tables REFERENCING OLD TABLE AS
gone FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_delete()

CREATE FUNCTION calibration_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added
UNION ALL SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM calibration_sums RETURNING
missing, files, bytes) INSERT INTO calibration_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$

CREATE TRIGGER calibration_sums_update AFTER UPDATE ON calibration_tables REFERENCING OLD TABLE AS
gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_update()
