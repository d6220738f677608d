CREATE TABLE schema_revisions (
	revision TEXT COLLATE "C" NOT NULL, 
	branch TEXT COLLATE "C" NOT NULL, 
	down_revisions TEXT COLLATE "C" NOT NULL, 
	depends_on TEXT COLLATE "C" NOT NULL, 
	product_version TEXT COLLATE "C" NOT NULL, 
	applied_at BIGINT NOT NULL, 
	PRIMARY KEY (revision)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE meta (
	key TEXT COLLATE "C" NOT NULL, 
	value TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (key)
);
CREATE TABLE topics (
	name TEXT COLLATE "C" NOT NULL, 
	shard BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	CONSTRAINT pk_topics PRIMARY KEY (name, shard)
);
CREATE TABLE events (
	id BIGSERIAL NOT NULL, 
	at BIGINT NOT NULL, 
	topic TEXT COLLATE "C" NOT NULL, 
	key TEXT COLLATE "C", 
	change_id TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id)
);
CREATE TABLE audit (
	id BIGSERIAL NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT COLLATE "C" NOT NULL, 
	request_id TEXT COLLATE "C", 
	change_id TEXT COLLATE "C" NOT NULL, 
	topic TEXT COLLATE "C" NOT NULL, 
	record_id TEXT COLLATE "C", 
	action TEXT COLLATE "C" NOT NULL, 
	before TEXT COLLATE "C", 
	after TEXT COLLATE "C", 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_audit_topic_record_id ON audit (topic, record_id, id);
CREATE INDEX ix_audit_change_id ON audit (change_id);
CREATE TABLE roots (
	seq BIGSERIAL NOT NULL, 
	id TEXT COLLATE "C" NOT NULL, 
	path TEXT COLLATE "C" NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	collections TEXT COLLATE "C" NOT NULL, 
	exclude TEXT COLLATE "C" NOT NULL, 
	recursive BIGINT NOT NULL, 
	identity TEXT COLLATE "C", 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	last_scan_at BIGINT, 
	last_scan TEXT COLLATE "C", 
	problem TEXT COLLATE "C", 
	CONSTRAINT pk_roots PRIMARY KEY (seq), 
	CONSTRAINT ck_roots_recursive CHECK (recursive IN (0, 1)), 
	CONSTRAINT uq_roots_id UNIQUE (id), 
	CONSTRAINT uq_roots_path UNIQUE (path)
);
CREATE TABLE tombstones (
	seq BIGSERIAL NOT NULL, 
	root_id TEXT COLLATE "C" NOT NULL, 
	collection TEXT COLLATE "C" NOT NULL, 
	path TEXT COLLATE "C" NOT NULL, 
	size BIGINT, 
	mtime_ns BIGINT, 
	fingerprint TEXT COLLATE "C", 
	item_id TEXT COLLATE "C" NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_tombstones PRIMARY KEY (seq)
);
CREATE UNIQUE INDEX uq_tombstones_path ON tombstones (root_id, collection, path);
CREATE TABLE file_failures (
	seq BIGSERIAL NOT NULL, 
	root_id TEXT COLLATE "C" NOT NULL, 
	collection TEXT COLLATE "C" NOT NULL, 
	path TEXT COLLATE "C" NOT NULL, 
	stage TEXT COLLATE "C" NOT NULL, 
	message TEXT COLLATE "C" NOT NULL, 
	size BIGINT, 
	mtime_ns BIGINT, 
	attempts BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_file_failures PRIMARY KEY (seq)
);
CREATE UNIQUE INDEX uq_file_failures_path ON file_failures (root_id, collection, path);
CREATE TABLE scan_entries (
	seq BIGSERIAL NOT NULL, 
	root_id TEXT COLLATE "C" NOT NULL, 
	collection TEXT COLLATE "C" NOT NULL, 
	path TEXT COLLATE "C" NOT NULL, 
	kind TEXT COLLATE "C" NOT NULL, 
	waiting BIGINT NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	fingerprint TEXT COLLATE "C", 
	item_id TEXT COLLATE "C", 
	item_size BIGINT, 
	item_fingerprint TEXT COLLATE "C", 
	match_id TEXT COLLATE "C", 
	leaving BIGINT NOT NULL, 
	CONSTRAINT pk_scan_entries PRIMARY KEY (seq), 
	CONSTRAINT ck_scan_entries_kind CHECK (kind IN ('new', 'changed', 'vanished'))
);
CREATE INDEX ix_scan_entries_scan ON scan_entries (root_id, collection, seq);
CREATE INDEX ix_scan_entries_fingerprint ON scan_entries (root_id, collection, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX ix_scan_entries_item_id ON scan_entries (root_id, collection, item_id) WHERE item_id IS NOT NULL;
CREATE INDEX ix_scan_entries_item_size ON scan_entries (root_id, collection, item_size) WHERE item_size IS NOT NULL;
CREATE INDEX ix_scan_entries_item_fingerprint ON scan_entries (root_id, collection, item_fingerprint) WHERE item_fingerprint IS NOT NULL;
CREATE INDEX ix_scan_entries_match_id ON scan_entries (root_id, collection, match_id) WHERE match_id IS NOT NULL;
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
);
CREATE INDEX ix_reference_sources_cell ON reference_sources (cell);
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
);
CREATE INDEX ix_images_calibration_id ON images (calibration_id);
CREATE INDEX ix_images_created_at ON images (created_at, id);
CREATE INDEX ix_images_field ON images (field, mid_mjd, id);
CREATE INDEX ix_images_fingerprint ON images (fingerprint);
CREATE INDEX ix_images_grade ON images (grade, created_at, id);
CREATE INDEX ix_images_job_id ON images (job_id);
CREATE INDEX ix_images_mid_mjd ON images (mid_mjd, id);
CREATE INDEX ix_images_ms_id ON images (ms_id);
CREATE INDEX ix_images_noise_jy ON images (noise_jy, id);
CREATE INDEX ix_images_parent_id ON images (parent_id);
CREATE INDEX ix_images_reach_cell ON images (reach, cell);
CREATE INDEX ix_images_version_of ON images (version_of, version);
CREATE TABLE image_inputs_left (
    image_id TEXT COLLATE "C" NOT NULL,
    input_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_image_inputs_left PRIMARY KEY (image_id, input_id)
);
CREATE INDEX ix_image_inputs_left_input_id ON image_inputs_left (input_id);
CREATE TABLE image_sums (
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_image_sums PRIMARY KEY (missing, shard)
);
CREATE TABLE radio_rules (
    seq BIGSERIAL NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    rules TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT pk_radio_rules PRIMARY KEY (seq),
    CONSTRAINT uq_radio_rules_id UNIQUE (id)
);
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
);
CREATE INDEX ix_sources_cell ON sources (cell);
CREATE INDEX ix_sources_created_at ON sources (created_at, id);
CREATE INDEX ix_sources_job_id ON sources (job_id);
CREATE INDEX ix_sources_n_epochs ON sources (n_epochs, id);
CREATE INDEX ix_sources_name ON sources (name, id);
CREATE INDEX ix_sources_peak_eta ON sources (peak_eta, id);
CREATE INDEX ix_sources_peak_mean_jy ON sources (peak_mean_jy, id);
CREATE INDEX ix_sources_peak_v ON sources (peak_v, id);
CREATE TABLE radio_turns (
    name TEXT COLLATE "C" NOT NULL,
    taken BIGINT NOT NULL,
    CONSTRAINT pk_radio_turns PRIMARY KEY (name)
);
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
);
CREATE INDEX ix_measurement_sets_cell ON measurement_sets (cell);
CREATE INDEX ix_measurement_sets_created_at ON measurement_sets (created_at, id);
CREATE INDEX ix_measurement_sets_fingerprint ON measurement_sets (fingerprint);
CREATE INDEX ix_measurement_sets_job_id ON measurement_sets (job_id);
CREATE INDEX ix_measurement_sets_mid_mjd ON measurement_sets (mid_mjd, id);
CREATE TABLE ms_sums (
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_ms_sums PRIMARY KEY (missing, shard)
);
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
);
CREATE INDEX ix_calibration_tables_created_at ON calibration_tables (created_at, id);
CREATE INDEX ix_calibration_tables_end_mjd ON calibration_tables (end_mjd);
CREATE INDEX ix_calibration_tables_fingerprint ON calibration_tables (fingerprint);
CREATE INDEX ix_calibration_tables_job_id ON calibration_tables (job_id);
CREATE INDEX ix_calibration_tables_mid_mjd ON calibration_tables (mid_mjd, id);
CREATE INDEX ix_calibration_tables_ms_name ON calibration_tables (ms_name);
CREATE TABLE calibration_sums (
    missing BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_calibration_sums PRIMARY KEY (missing, shard)
);
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
);
CREATE INDEX ix_ms_calibration_calibration ON ms_calibration (calibration);
CREATE TABLE image_inputs (
    image BIGINT NOT NULL,
    input BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_image_inputs PRIMARY KEY (image, input),
    CONSTRAINT fk_image_inputs_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE,
    CONSTRAINT fk_image_inputs_input FOREIGN KEY(input) REFERENCES images (seq) ON DELETE CASCADE
);
CREATE INDEX ix_image_inputs_input ON image_inputs (input);
CREATE TABLE image_tags (
    tag TEXT COLLATE "C" NOT NULL,
    image BIGINT NOT NULL,
    CONSTRAINT pk_image_tags PRIMARY KEY (tag, image),
    CONSTRAINT fk_image_tags_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
);
CREATE INDEX ix_image_tags_image ON image_tags (image);
CREATE TABLE source_tags (
    tag TEXT COLLATE "C" NOT NULL,
    source BIGINT NOT NULL,
    CONSTRAINT pk_source_tags PRIMARY KEY (tag, source),
    CONSTRAINT fk_source_tags_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
);
CREATE INDEX ix_source_tags_source ON source_tags (source);
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
);
CREATE INDEX ix_measurements_former_source ON measurements (former_source) WHERE former_source IS
NOT NULL;
CREATE INDEX ix_measurements_image ON measurements (image, source, kind);
CREATE INDEX ix_measurements_job_id ON measurements (job_id);
CREATE INDEX ix_measurements_source ON measurements (source, mid_mjd, id);
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
);
CREATE INDEX ix_source_statistics_band ON source_statistics (band, stokes, n_epochs);
CREATE TABLE ms_tags (
    tag TEXT COLLATE "C" NOT NULL,
    ms BIGINT NOT NULL,
    CONSTRAINT pk_ms_tags PRIMARY KEY (tag, ms),
    CONSTRAINT fk_ms_tags_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE
);
CREATE INDEX ix_ms_tags_ms ON ms_tags (ms);
CREATE TABLE calibration_tags (
    tag TEXT COLLATE "C" NOT NULL,
    calibration BIGINT NOT NULL,
    CONSTRAINT pk_calibration_tags PRIMARY KEY (tag, calibration),
    CONSTRAINT fk_calibration_tags_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
);
CREATE INDEX ix_calibration_tags_calibration ON calibration_tags (calibration);
CREATE FUNCTION image_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
image_tags WHERE image = new.seq; INSERT INTO image_tags (tag, image) SELECT DISTINCT value,
new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$;
CREATE TRIGGER image_tags_insert AFTER INSERT ON images FOR EACH ROW WHEN (new.tags <> '[]')
EXECUTE FUNCTION image_tags_keep();
CREATE TRIGGER image_tags_update AFTER UPDATE OF tags ON images FOR EACH ROW WHEN (old.tags <>
new.tags) EXECUTE FUNCTION image_tags_keep();
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX ix_images_search_text_trigram ON
images USING gin (search_text gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE FUNCTION image_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM image_sums RETURNING missing, files, bytes) INSERT INTO image_sums (missing,
shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint),
sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER image_sums_insert AFTER INSERT ON images REFERENCING NEW TABLE AS added FOR EACH
STATEMENT EXECUTE FUNCTION image_sums_insert();
CREATE FUNCTION image_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS
NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM image_sums RETURNING missing, files, bytes) INSERT INTO image_sums (missing,
shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint),
sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER image_sums_delete AFTER DELETE ON images REFERENCING OLD TABLE AS gone FOR EACH
STATEMENT EXECUTE FUNCTION image_sums_delete();
CREATE FUNCTION image_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
image_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added
UNION ALL SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM image_sums RETURNING
missing, files, bytes) INSERT INTO image_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER image_sums_update AFTER UPDATE ON images REFERENCING OLD TABLE AS gone NEW TABLE AS
added FOR EACH STATEMENT EXECUTE FUNCTION image_sums_update();
CREATE FUNCTION source_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
source_tags WHERE source = new.seq; INSERT INTO source_tags (tag, source) SELECT DISTINCT value,
new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$;
CREATE TRIGGER source_tags_insert AFTER INSERT ON sources FOR EACH ROW WHEN (new.tags <> '[]')
EXECUTE FUNCTION source_tags_keep();
CREATE TRIGGER source_tags_update AFTER UPDATE OF tags ON sources FOR EACH ROW WHEN (old.tags <>
new.tags) EXECUTE FUNCTION source_tags_keep();
CREATE FUNCTION ms_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM ms_tags
WHERE ms = new.seq; INSERT INTO ms_tags (tag, ms) SELECT DISTINCT value, new.seq FROM
json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$;
CREATE TRIGGER ms_tags_insert AFTER INSERT ON measurement_sets FOR EACH ROW WHEN (new.tags <>
'[]') EXECUTE FUNCTION ms_tags_keep();
CREATE TRIGGER ms_tags_update AFTER UPDATE OF tags ON measurement_sets FOR EACH ROW WHEN (old.tags
<> new.tags) EXECUTE FUNCTION ms_tags_keep();
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX
ix_measurement_sets_search_text_trigram ON measurement_sets USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE FUNCTION ms_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS
missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added) AS one GROUP BY missing
HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM
ms_sums RETURNING missing, files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT
missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone
GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER ms_sums_insert AFTER INSERT ON measurement_sets REFERENCING NEW TABLE AS added FOR
EACH STATEMENT EXECUTE FUNCTION ms_sums_insert();
CREATE FUNCTION ms_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS
missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing
HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM
ms_sums RETURNING missing, files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT
missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone
GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER ms_sums_delete AFTER DELETE ON measurement_sets REFERENCING OLD TABLE AS gone FOR
EACH STATEMENT EXECUTE FUNCTION ms_sums_delete();
CREATE FUNCTION ms_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ms_sums
(missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS
bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS
missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added UNION ALL SELECT
CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM ms_sums RETURNING missing,
files, bytes) INSERT INTO ms_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER ms_sums_update AFTER UPDATE ON measurement_sets REFERENCING OLD TABLE AS gone NEW
TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ms_sums_update();
CREATE FUNCTION calibration_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM
calibration_tags WHERE calibration = new.seq; INSERT INTO calibration_tags (tag, calibration)
SELECT DISTINCT value, new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL;
END $$;
CREATE TRIGGER calibration_tags_insert AFTER INSERT ON calibration_tables FOR EACH ROW WHEN
(new.tags <> '[]') EXECUTE FUNCTION calibration_tags_keep();
CREATE TRIGGER calibration_tags_update AFTER UPDATE OF tags ON calibration_tables FOR EACH ROW
WHEN (old.tags <> new.tags) EXECUTE FUNCTION calibration_tags_keep();
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX
ix_calibration_tables_search_text_trigram ON calibration_tables USING gin (search_text
gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE FUNCTION calibration_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM calibration_sums RETURNING missing, files, bytes) INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN
NULL; END $$;
CREATE TRIGGER calibration_sums_insert AFTER INSERT ON calibration_tables REFERENCING NEW TABLE AS
added FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_insert();
CREATE FUNCTION calibration_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS
NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone)
AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH
gone AS (DELETE FROM calibration_sums RETURNING missing, files, bytes) INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN
NULL; END $$;
CREATE TRIGGER calibration_sums_delete AFTER DELETE ON calibration_tables REFERENCING OLD TABLE AS
gone FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_delete();
CREATE FUNCTION calibration_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() *
4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS
NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added
UNION ALL SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 *
coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR
sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM calibration_sums RETURNING
missing, files, bytes) INSERT INTO calibration_sums (missing, shard, files, bytes) SELECT missing,
CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY
missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER calibration_sums_update AFTER UPDATE ON calibration_tables REFERENCING OLD TABLE AS
gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION calibration_sums_update();
CREATE TABLE videos (
	seq BIGSERIAL NOT NULL, 
	id TEXT COLLATE "C" NOT NULL, 
	root_id TEXT COLLATE "C" NOT NULL, 
	path TEXT COLLATE "C" NOT NULL, 
	filename TEXT COLLATE "C" NOT NULL, 
	search_text TEXT COLLATE "C" NOT NULL, 
	duration_frames BIGINT, 
	frames_exact BIGINT, 
	frame_rate_numerator BIGINT, 
	frame_rate_denominator BIGINT, 
	width BIGINT, 
	height BIGINT, 
	display_width BIGINT, 
	display_height BIGINT, 
	pixel_aspect_numerator BIGINT, 
	pixel_aspect_denominator BIGINT, 
	rotation BIGINT, 
	video_codec TEXT COLLATE "C", 
	audio_codec TEXT COLLATE "C", 
	container TEXT COLLATE "C", 
	bit_rate BIGINT, 
	pixel_format TEXT COLLATE "C", 
	field_order TEXT COLLATE "C", 
	hdr TEXT COLLATE "C", 
	audio_channels BIGINT, 
	audio_rate BIGINT, 
	audio_languages TEXT COLLATE "C" NOT NULL, 
	subtitle_languages TEXT COLLATE "C" NOT NULL, 
	duration_seconds DOUBLE PRECISION, 
	recorded_at BIGINT, 
	start_timecode TEXT COLLATE "C", 
	file_size BIGINT, 
	mtime_ns BIGINT, 
	fingerprint TEXT COLLATE "C", 
	missing_since BIGINT, 
	tags TEXT COLLATE "C" NOT NULL, 
	rating BIGINT, 
	note TEXT COLLATE "C", 
	thumbnail_path TEXT COLLATE "C", 
	job_id TEXT COLLATE "C", 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_videos PRIMARY KEY (seq), 
	CONSTRAINT uq_videos_id UNIQUE (id), 
	CONSTRAINT uq_videos_root_id_path UNIQUE (root_id, path), 
	CONSTRAINT ck_videos_rating CHECK (rating BETWEEN 0 AND 5)
);
CREATE INDEX ix_videos_created_at ON videos (created_at, id);
CREATE INDEX ix_videos_duration_seconds ON videos (duration_seconds, id);
CREATE INDEX ix_videos_file_size ON videos (file_size, id);
CREATE INDEX ix_videos_filename ON videos (filename, id);
CREATE INDEX ix_videos_fingerprint ON videos (fingerprint);
CREATE INDEX ix_videos_job_id ON videos (job_id);
CREATE INDEX ix_videos_recorded_at ON videos (recorded_at, id);
CREATE TABLE video_tags (
	tag TEXT COLLATE "C" NOT NULL, 
	video BIGINT NOT NULL, 
	CONSTRAINT pk_video_tags PRIMARY KEY (tag, video), 
	CONSTRAINT fk_video_tags_video FOREIGN KEY(video) REFERENCES videos (seq) ON DELETE CASCADE
);
CREATE INDEX ix_video_tags_video ON video_tags (video);
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX ix_videos_search_text_trigram ON videos USING gin (search_text gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE FUNCTION video_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM video_tags WHERE video = new.seq; INSERT INTO video_tags (tag, video) SELECT DISTINCT value, new.seq FROM json_array_elements_text(CAST(new.tags AS json)); RETURN NULL; END $$;
CREATE TRIGGER video_tags_insert AFTER INSERT ON videos FOR EACH ROW WHEN (new.tags <> '[]') EXECUTE FUNCTION video_tags_keep();
CREATE TRIGGER video_tags_update AFTER UPDATE OF tags ON videos FOR EACH ROW WHEN (old.tags <> new.tags) EXECUTE FUNCTION video_tags_keep();
CREATE TABLE video_sums (
	missing BIGINT NOT NULL, 
	shard BIGINT NOT NULL, 
	files BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	CONSTRAINT pk_video_sums PRIMARY KEY (missing, shard)
);
CREATE FUNCTION video_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added) AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER video_sums_insert AFTER INSERT ON videos REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION video_sums_insert();
CREATE FUNCTION video_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER video_sums_delete AFTER DELETE ON videos REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION video_sums_delete();
CREATE FUNCTION video_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM (SELECT CAST(added.missing_since IS NOT NULL AS integer) AS missing, 1 AS files, 1 * coalesce(added.file_size, 0) AS bytes FROM added UNION ALL SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 * coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END $$;
CREATE TRIGGER video_sums_update AFTER UPDATE ON videos REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION video_sums_update();
ALTER TABLE videos ADD COLUMN revision BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE roots ADD COLUMN watched BIGINT;
ALTER TABLE roots ADD COLUMN watch_note TEXT COLLATE "C";
CREATE TABLE jobs (
	seq BIGSERIAL NOT NULL, 
	id TEXT COLLATE "C" NOT NULL, 
	type TEXT COLLATE "C" NOT NULL, 
	payload TEXT COLLATE "C" NOT NULL, 
	status TEXT COLLATE "C" NOT NULL, 
	priority BIGINT NOT NULL, 
	run_at BIGINT, 
	paused BIGINT NOT NULL, 
	ready BIGINT NOT NULL, 
	attempt BIGINT NOT NULL, 
	max_attempts BIGINT NOT NULL, 
	repeatable BIGINT NOT NULL, 
	owner TEXT COLLATE "C", 
	claim_id BIGINT NOT NULL, 
	cancel_requested_at BIGINT, 
	uniqueness_key TEXT COLLATE "C", 
	time_limit DOUBLE PRECISION, 
	stall_limit DOUBLE PRECISION, 
	progress_done BIGINT, 
	progress_total BIGINT, 
	progress_rate DOUBLE PRECISION, 
	progress_message TEXT COLLATE "C", 
	result TEXT COLLATE "C", 
	error TEXT COLLATE "C", 
	external BIGINT NOT NULL, 
	heartbeats BIGINT NOT NULL, 
	inputs TEXT COLLATE "C", 
	outputs TEXT COLLATE "C", 
	parent TEXT COLLATE "C", 
	software_version TEXT COLLATE "C" NOT NULL, 
	actor TEXT COLLATE "C" NOT NULL, 
	request_id TEXT COLLATE "C", 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	heartbeat_at BIGINT, 
	finished_at BIGINT, 
	expires_at BIGINT, 
	CONSTRAINT pk_jobs PRIMARY KEY (seq), 
	CONSTRAINT ck_jobs_status CHECK (status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'cancelled')), 
	CONSTRAINT ck_jobs_ready CHECK (ready = 0 OR (status = 'pending' AND paused = 0)), 
	CONSTRAINT uq_jobs_id UNIQUE (id)
);
CREATE INDEX ix_jobs_ready ON jobs (type, priority DESC, seq) WHERE ready = 1;
CREATE INDEX ix_jobs_later ON jobs (run_at) WHERE ready = 2;
CREATE UNIQUE INDEX uq_jobs_unfinished ON jobs (uniqueness_key) WHERE uniqueness_key IS NOT NULL AND status IN ('pending', 'running');
CREATE INDEX ix_jobs_expires ON jobs (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_jobs_parent ON jobs (parent) WHERE parent IS NOT NULL;
CREATE INDEX ix_jobs_created_at ON jobs (created_at, id);
CREATE INDEX ix_jobs_type ON jobs (type, created_at, id);
CREATE INDEX ix_jobs_status ON jobs (status, created_at, id);
CREATE TABLE job_logs (
	seq BIGSERIAL NOT NULL, 
	job_id TEXT COLLATE "C" NOT NULL, 
	at BIGINT NOT NULL, 
	level TEXT COLLATE "C" NOT NULL, 
	line TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_job_logs PRIMARY KEY (seq), 
	CONSTRAINT fk_job_logs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX ix_job_logs_job_id ON job_logs (job_id, seq);
CREATE INDEX ix_jobs_finished ON jobs (finished_at, seq) WHERE finished_at IS NOT NULL;
CREATE TABLE job_pauses (
	type TEXT COLLATE "C" NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_job_pauses PRIMARY KEY (type)
);
CREATE TABLE job_schedules (
	seq BIGSERIAL NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	cron TEXT COLLATE "C" NOT NULL, 
	type TEXT COLLATE "C" NOT NULL, 
	payload TEXT COLLATE "C" NOT NULL, 
	priority BIGINT NOT NULL, 
	catch_up BIGINT NOT NULL, 
	overlap BIGINT NOT NULL, 
	paused BIGINT NOT NULL, 
	next_at BIGINT NOT NULL, 
	last_at BIGINT, 
	last_job_id TEXT COLLATE "C", 
	actor TEXT COLLATE "C" NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_job_schedules PRIMARY KEY (seq), 
	CONSTRAINT uq_job_schedules_name UNIQUE (name)
);
DROP INDEX ix_audit_topic_record_id;
DROP INDEX ix_audit_change_id;
CREATE INDEX ix_audit_record_id_topic_id ON audit (record_id, topic, id);
CREATE INDEX ix_audit_change_id_id ON audit (change_id, id);
CREATE INDEX ix_audit_at_id ON audit (at, id);
CREATE INDEX ix_audit_actor_at_id ON audit (actor, at, id);
CREATE INDEX ix_audit_topic_at_id ON audit (topic, at, id);
ALTER TABLE "alembic_version" DISABLE TRIGGER USER;
ALTER TABLE "schema_revisions" DISABLE TRIGGER USER;
ALTER TABLE "audit" DISABLE TRIGGER USER;
ALTER TABLE "events" DISABLE TRIGGER USER;
ALTER TABLE "meta" DISABLE TRIGGER USER;
ALTER TABLE "topics" DISABLE TRIGGER USER;
ALTER TABLE "job_pauses" DISABLE TRIGGER USER;
ALTER TABLE "job_schedules" DISABLE TRIGGER USER;
ALTER TABLE "jobs" DISABLE TRIGGER USER;
ALTER TABLE "job_logs" DISABLE TRIGGER USER;
ALTER TABLE "file_failures" DISABLE TRIGGER USER;
ALTER TABLE "roots" DISABLE TRIGGER USER;
ALTER TABLE "scan_entries" DISABLE TRIGGER USER;
ALTER TABLE "tombstones" DISABLE TRIGGER USER;
ALTER TABLE "video_sums" DISABLE TRIGGER USER;
ALTER TABLE "videos" DISABLE TRIGGER USER;
ALTER TABLE "video_tags" DISABLE TRIGGER USER;
ALTER TABLE "calibration_sums" DISABLE TRIGGER USER;
ALTER TABLE "calibration_tables" DISABLE TRIGGER USER;
ALTER TABLE "image_inputs_left" DISABLE TRIGGER USER;
ALTER TABLE "image_sums" DISABLE TRIGGER USER;
ALTER TABLE "images" DISABLE TRIGGER USER;
ALTER TABLE "measurement_sets" DISABLE TRIGGER USER;
ALTER TABLE "ms_sums" DISABLE TRIGGER USER;
ALTER TABLE "radio_rules" DISABLE TRIGGER USER;
ALTER TABLE "radio_turns" DISABLE TRIGGER USER;
ALTER TABLE "reference_sources" DISABLE TRIGGER USER;
ALTER TABLE "sources" DISABLE TRIGGER USER;
ALTER TABLE "calibration_tags" DISABLE TRIGGER USER;
ALTER TABLE "image_inputs" DISABLE TRIGGER USER;
ALTER TABLE "image_tags" DISABLE TRIGGER USER;
ALTER TABLE "measurements" DISABLE TRIGGER USER;
ALTER TABLE "ms_calibration" DISABLE TRIGGER USER;
ALTER TABLE "ms_tags" DISABLE TRIGGER USER;
ALTER TABLE "source_statistics" DISABLE TRIGGER USER;
ALTER TABLE "source_tags" DISABLE TRIGGER USER;
INSERT INTO "alembic_version" VALUES ('radio_0001');
INSERT INTO "alembic_version" VALUES ('video_0003');
INSERT INTO "alembic_version" VALUES ('files_0002');
INSERT INTO "alembic_version" VALUES ('jobs_0002');
INSERT INTO "alembic_version" VALUES ('store_0002');
INSERT INTO "schema_revisions" VALUES ('store_0001', 'store', '[]', '[]', '0.1.0', 1795726571825762);
INSERT INTO "schema_revisions" VALUES ('files_0001', 'files', '[]', '["store_0001"]', '0.1.0', 1795726571918487);
INSERT INTO "schema_revisions" VALUES ('radio_0001', 'radio', '[]', '["files_0001"]', '0.1.0', 1795726572398428);
INSERT INTO "schema_revisions" VALUES ('video_0001', 'video', '[]', '["files_0001"]', '0.1.0', 1795726572501583);
INSERT INTO "schema_revisions" VALUES ('video_0002', 'video', '["video_0001"]', '[]', '0.1.0', 1795726572536916);
INSERT INTO "schema_revisions" VALUES ('video_0003', 'video', '["video_0002"]', '[]', '0.1.0', 1795726572566740);
INSERT INTO "schema_revisions" VALUES ('files_0002', 'files', '["files_0001"]', '[]', '0.1.0', 1795726572597883);
INSERT INTO "schema_revisions" VALUES ('jobs_0001', 'jobs', '[]', '["store_0001"]', '0.1.0', 1795726572693858);
INSERT INTO "schema_revisions" VALUES ('jobs_0002', 'jobs', '["jobs_0001"]', '[]', '0.1.0', 1795726572734344);
INSERT INTO "schema_revisions" VALUES ('store_0002', 'store', '["store_0001"]', '[]', '0.1.0', 1795726572775315);
INSERT INTO "audit" VALUES (1, 1795726572894317, 'anna', 'request-1', '01a219a4-fd5e-7512-a149-bfc95c650000', 'roots', '01a219a4-fd5e-7512-a149-bfc95c650001', 'insert', NULL,  E'{"collections":"[\\"video\\"]","exclude":"[\\"*.tmp\\"]","name":"films","path":"/films","recursive":1}');
INSERT INTO "audit" VALUES (2, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v0', 'insert', NULL,  E'{"note":"Fähre \\\\xff\\\\\\\\ ''quoted'' \\"twice\\"\\ttab\\nline %s {} 日本 🐾 Straße  ","rating":0,"tags":"[\\"holiday\\",\\"tag 0\\"]"}');
INSERT INTO "audit" VALUES (3, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v1', 'insert', NULL,  E'{"rating":1,"tags":"[\\"holiday\\",\\"tag 1\\"]"}');
INSERT INTO "audit" VALUES (4, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v2', 'insert', NULL,  E'{"rating":2,"tags":"[\\"holiday\\",\\"tag 2\\"]"}');
INSERT INTO "audit" VALUES (5, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v3', 'insert', NULL,  E'{"rating":3,"tags":"[\\"holiday\\",\\"tag 0\\"]"}');
INSERT INTO "audit" VALUES (6, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v4', 'insert', NULL,  E'{"rating":4,"tags":"[\\"holiday\\",\\"tag 1\\"]"}');
INSERT INTO "audit" VALUES (7, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v5', 'insert', NULL,  E'{"note":"Fähre \\\\xff\\\\\\\\ ''quoted'' \\"twice\\"\\ttab\\nline %s {} 日本 🐾 Straße  ","rating":5,"tags":"[\\"holiday\\",\\"tag 2\\"]"}');
INSERT INTO "audit" VALUES (8, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v6', 'insert', NULL,  E'{"rating":0,"tags":"[\\"holiday\\",\\"tag 0\\"]"}');
INSERT INTO "audit" VALUES (9, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v7', 'insert', NULL,  E'{"rating":1,"tags":"[\\"holiday\\",\\"tag 1\\"]"}');
INSERT INTO "audit" VALUES (10, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v8', 'insert', NULL,  E'{"rating":2,"tags":"[\\"holiday\\",\\"tag 2\\"]"}');
INSERT INTO "audit" VALUES (11, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v9', 'insert', NULL,  E'{"rating":3,"tags":"[\\"holiday\\",\\"tag 0\\"]"}');
INSERT INTO "audit" VALUES (12, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v10', 'insert', NULL,  E'{"note":"Fähre \\\\xff\\\\\\\\ ''quoted'' \\"twice\\"\\ttab\\nline %s {} 日本 🐾 Straße  ","rating":4,"tags":"[\\"holiday\\",\\"tag 1\\"]"}');
INSERT INTO "audit" VALUES (13, 1795726573040066, 'anna', 'request-1', '01a219a4-fdf0-710e-9c26-499010c40000', 'video', 'v11', 'insert', NULL,  E'{"rating":5,"tags":"[\\"holiday\\",\\"tag 2\\"]"}');
INSERT INTO "audit" VALUES (14, 1795726573194582, 'anna', 'request-1', '01a219a4-fe8a-794f-a569-2e026a610000', 'video', 'v12', 'insert', NULL, '{}');
INSERT INTO "audit" VALUES (15, 1795726573224966, 'anna', 'request-1', '01a219a4-fea8-7f74-9a4c-591aa4710000', 'video', 'v1', 'update',  E'{"note":null,"rating":1,"tags":"[\\"holiday\\",\\"tag 1\\"]"}',  E'{"note":"the yellow one","rating":5,"tags":"[\\"yellow\\"]"}');
INSERT INTO "audit" VALUES (16, 1795726573257059, 'anna', 'request-1', '01a219a4-fec9-70f1-a580-7d1508000000', 'video', 'v1', 'update', '{"note":"the yellow one"}', '{"note":"the other one"}');
INSERT INTO "audit" VALUES (17, 1795726573279351, 'anna', 'request-1', '01a219a4-fedf-759d-a86c-071a5c970000', 'video', 'v2', 'delete',  E'{"audio_channels":null,"audio_codec":null,"audio_languages":"[\\"por\\",\\"eng\\"]","audio_rate":null,"bit_rate":null,"container":null,"created_at":1795726573040066,"display_height":null,"display_width":null,"duration_frames":252,"duration_seconds":8.385714285714286,"field_order":null,"file_size":1000002,"filename":"tram 2 Straße.mp4","fingerprint":null,"frame_rate_denominator":1001,"frame_rate_numerator":30000,"frames_exact":1,"hdr":null,"height":1080,"id":"v2","job_id":null,"missing_since":null,"mtime_ns":1719921600000005000,"note":null,"path":"Lisbon/tram 2 Straße.mp4","pixel_aspect_denominator":null,"pixel_aspect_numerator":null,"pixel_format":null,"rating":2,"recorded_at":1719835320000000,"root_id":"01a219a4-fd5e-7512-a149-bfc95c650001","rotation":null,"search_text":"lisbon/tram 2 strasse.mp4","start_timecode":null,"subtitle_languages":"[]","tags":"[\\"holiday\\",\\"tag 2\\"]","thumbnail_path":null,"updated_at":1795726573040066,"video_codec":"h264","width":1920}', NULL);
INSERT INTO "audit" VALUES (18, 1795726573310344, 'anna', 'request-1', '01a219a4-fefe-7581-9c35-9563095c0000', 'images', 'i0', 'insert', NULL,  E'{"tags":"[\\"dawn\\"]"}');
INSERT INTO "audit" VALUES (19, 1795726573374664, 'anna', 'request-1', '01a219a4-ff3e-7a9f-8878-93b0f1ca0000', 'images', 'i1', 'insert', NULL,  E'{"tags":"[\\"dawn\\"]"}');
INSERT INTO "audit" VALUES (20, 1795726573395758, 'anna', 'request-1', '01a219a4-ff53-7c20-b150-d41259120000', 'images', 'i2', 'insert', NULL,  E'{"tags":"[\\"dawn\\"]"}');
INSERT INTO "audit" VALUES (21, 1795726573414475, 'anna', 'request-1', '01a219a4-ff66-7799-87e4-5cf4a8570000', 'images', 'i3', 'insert', NULL,  E'{"tags":"[\\"dawn\\"]"}');
INSERT INTO "audit" VALUES (22, 1795726573437813, 'anna', 'request-1', '01a219a4-ff7d-7d02-ba0b-400576330000', 'images', 'i0', 'update', '{"inputs":{}}', '{"inputs":{"i1":"mosaic","i2":"mosaic"}}');
INSERT INTO "audit" VALUES (23, 1795726573521178, 'anna', 'request-1', '01a219a4-ffd1-72d9-8376-f339f7380000', 'sources', 's0', 'insert', NULL,  E'{"name":"MUS J100000.0-300000","tags":"[\\"bright\\"]"}');
INSERT INTO "audit" VALUES (24, 1795726573551774, 'anna', 'request-1', '01a219a4-ffef-7c62-88e4-a75bd3dc0000', 'sources', 's1', 'insert', NULL,  E'{"name":"MUS J100200.0-301200","note":"Fähre \\\\xff\\\\\\\\ ''quoted'' \\"twice\\"\\ttab\\nline %s {} 日本 🐾 Straße  "}');
INSERT INTO "audit" VALUES (25, 1795726573582717, 'anna', 'request-1', '01a219a5-000e-7b78-b93c-a885d3010000', 'measurements', 'i0', 'insert', NULL, '{"kinds":["detected"],"measurements":1}');
INSERT INTO "audit" VALUES (26, 1795726573707643, 'anna', 'request-1', '01a219a5-008b-7a49-b6d8-6f8ac7c70000', 'measurements', 'i3', 'insert', NULL, '{"kinds":["detected"],"measurements":1}');
INSERT INTO "audit" VALUES (27, 1795726573767115, 'anna', 'request-1', '01a219a5-00c7-71d7-a1cd-d16763f60000', 'sources', 's0', 'update', '{"grade_given":null}', '{"grade_given":"good"}');
INSERT INTO "audit" VALUES (28, 1795726573793280, 'anna', 'request-1', '01a219a5-00e1-747a-9305-871257bf0000', 'ms', 'm0', 'insert', NULL,  E'{"tags":"[\\"night\\"]"}');
INSERT INTO "audit" VALUES (29, 1795726573838017, 'anna', 'request-1', '01a219a5-010e-7045-8d55-8ab3e9ef0000', 'cal', 'c0', 'insert', NULL,  E'{"tags":"[\\"night\\"]"}');
INSERT INTO "audit" VALUES (30, 1795726573877868, 'anna', 'request-1', '01a219a5-0135-7de3-9dfd-bd4c3ec60000', 'reference_sources', 'vla', 'insert', NULL, '{"n_sources":2,"role":"calibrator"}');
INSERT INTO "audit" VALUES (31, 1795726573901969, 'anna', 'request-1', '01a219a5-014d-7f81-92c7-5f1cbcd40000', 'radio_rules', 'root', 'insert', NULL,  E'{"rules":"{\\"catalogues\\":false,\\"find\\":false,\\"associate\\":false,\\"force\\":false,\\"seed_sigma\\":5.0,\\"flood_sigma\\":4.0}"}');
INSERT INTO "events" VALUES (1, 1795726572894317, 'roots', '01a219a4-fd5e-7512-a149-bfc95c650001', '01a219a4-fd5e-7512-a149-bfc95c650000');
INSERT INTO "events" VALUES (2, 1795726573040066, 'video', NULL, '01a219a4-fdf0-710e-9c26-499010c40000');
INSERT INTO "events" VALUES (3, 1795726573194582, 'video', 'v12', '01a219a4-fe8a-794f-a569-2e026a610000');
INSERT INTO "events" VALUES (4, 1795726573224966, 'video', 'v1', '01a219a4-fea8-7f74-9a4c-591aa4710000');
INSERT INTO "events" VALUES (5, 1795726573257059, 'video', 'v1', '01a219a4-fec9-70f1-a580-7d1508000000');
INSERT INTO "events" VALUES (6, 1795726573279351, 'video', 'v2', '01a219a4-fedf-759d-a86c-071a5c970000');
INSERT INTO "events" VALUES (7, 1795726573310344, 'images', 'i0', '01a219a4-fefe-7581-9c35-9563095c0000');
INSERT INTO "events" VALUES (8, 1795726573374664, 'images', 'i1', '01a219a4-ff3e-7a9f-8878-93b0f1ca0000');
INSERT INTO "events" VALUES (9, 1795726573395758, 'images', 'i2', '01a219a4-ff53-7c20-b150-d41259120000');
INSERT INTO "events" VALUES (10, 1795726573414475, 'images', 'i3', '01a219a4-ff66-7799-87e4-5cf4a8570000');
INSERT INTO "events" VALUES (11, 1795726573437813, 'images', 'i0', '01a219a4-ff7d-7d02-ba0b-400576330000');
INSERT INTO "events" VALUES (12, 1795726573437813, 'images', NULL, '01a219a4-ff7d-7d02-ba0b-400576330000');
INSERT INTO "events" VALUES (13, 1795726573521178, 'sources', 's0', '01a219a4-ffd1-72d9-8376-f339f7380000');
INSERT INTO "events" VALUES (14, 1795726573551774, 'sources', 's1', '01a219a4-ffef-7c62-88e4-a75bd3dc0000');
INSERT INTO "events" VALUES (15, 1795726573582717, 'sources', NULL, '01a219a5-000e-7b78-b93c-a885d3010000');
INSERT INTO "events" VALUES (16, 1795726573582717, 'images', 'i0', '01a219a5-000e-7b78-b93c-a885d3010000');
INSERT INTO "events" VALUES (17, 1795726573707643, 'sources', NULL, '01a219a5-008b-7a49-b6d8-6f8ac7c70000');
INSERT INTO "events" VALUES (18, 1795726573707643, 'images', 'i3', '01a219a5-008b-7a49-b6d8-6f8ac7c70000');
INSERT INTO "events" VALUES (19, 1795726573767115, 'sources', 's0', '01a219a5-00c7-71d7-a1cd-d16763f60000');
INSERT INTO "events" VALUES (20, 1795726573793280, 'ms', 'm0', '01a219a5-00e1-747a-9305-871257bf0000');
INSERT INTO "events" VALUES (21, 1795726573838017, 'cal', 'c0', '01a219a5-010e-7045-8d55-8ab3e9ef0000');
INSERT INTO "events" VALUES (22, 1795726573877868, 'reference_sources', 'vla', '01a219a5-0135-7de3-9dfd-bd4c3ec60000');
INSERT INTO "events" VALUES (23, 1795726573901969, 'radio_rules', 'root', '01a219a5-014d-7f81-92c7-5f1cbcd40000');
INSERT INTO "events" VALUES (24, 1795726573909388, 'jobs', 'done', '01a219a5-0155-7635-b749-116425150000');
INSERT INTO "events" VALUES (25, 1795726573921536, 'jobs', 'done', '01a219a5-0161-7893-b08e-25ea239a0000');
INSERT INTO "events" VALUES (26, 1795726574001142, 'jobs', 'done', '01a219a5-01b1-7245-a47f-6b4961b10000');
INSERT INTO "events" VALUES (27, 1795726574009642, 'jobs', 'waiting', '01a219a5-01b9-7a45-8ccb-cfc151e70000');
INSERT INTO "events" VALUES (28, 1795726574013971, 'jobs', 'running', '01a219a5-01bd-7f89-8b9e-7711430a0000');
INSERT INTO "events" VALUES (29, 1795726574018849, 'jobs', 'running', '01a219a5-01c2-7d95-a9e8-b570b1e30000');
INSERT INTO "events" VALUES (30, 1795726574041955, 'jobs', 'repeatable', '01a219a5-01d9-7f47-b846-0cf308eb0000');
INSERT INTO "events" VALUES (31, 1795726574050639, 'jobs', 'repeatable', '01a219a5-01e2-7a39-8c1d-66b06a3d0000');
INSERT INTO "events" VALUES (32, 1795726574053834, 'jobs', NULL, '01a219a5-01e5-7d58-bfd4-118623840000');
INSERT INTO "events" VALUES (33, 1795726574070052, 'schedules', 'nightly', '01a219a5-01f6-70d4-ae06-1ba22a910000');
INSERT INTO "meta" VALUES ('database_id', '01a219a4-fced-7bef-b173-28205c780001');
INSERT INTO "topics" VALUES ('roots', 4583071421058561760, 1, 1);
INSERT INTO "topics" VALUES ('video', 472311224474100370, 1, 12);
INSERT INTO "topics" VALUES ('video', 3898355082636147377, 1, 1);
INSERT INTO "topics" VALUES ('video', 602622229658272123, 1, 0);
INSERT INTO "topics" VALUES ('video', 2818225127038864579, 1, 0);
INSERT INTO "topics" VALUES ('video', 3209270088566702920, 1,  -1);
INSERT INTO "topics" VALUES ('images', 3651446775246999086, 1, 1);
INSERT INTO "topics" VALUES ('images', 3636770536893324857, 1, 1);
INSERT INTO "topics" VALUES ('images', 2107432043956295210, 1, 1);
INSERT INTO "topics" VALUES ('images', 3416003960544100518, 1, 1);
INSERT INTO "topics" VALUES ('images', 4575175011261937933, 2, 0);
INSERT INTO "topics" VALUES ('sources', 154686523929719959, 1, 1);
INSERT INTO "topics" VALUES ('sources', 645680246303437327, 1, 1);
INSERT INTO "topics" VALUES ('images', 3759143653118307709, 1, 0);
INSERT INTO "topics" VALUES ('sources', 3759143653118307709, 2, 0);
INSERT INTO "topics" VALUES ('images', 110073259542350832, 1, 0);
INSERT INTO "topics" VALUES ('sources', 110073259542350832, 2, 0);
INSERT INTO "topics" VALUES ('sources', 2425600194992888729, 1, 0);
INSERT INTO "topics" VALUES ('ms', 1170793782227015927, 1, 1);
INSERT INTO "topics" VALUES ('cal', 4077220002353049005, 1, 1);
INSERT INTO "topics" VALUES ('reference_sources', 2557876559083979353, 1, 2);
INSERT INTO "topics" VALUES ('radio_rules', 3655969265201042964, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 1123605501469801510, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 4522246336798818288, 1, 0);
INSERT INTO "topics" VALUES ('jobs', 4114770413385310682, 1, 0);
INSERT INTO "topics" VALUES ('jobs', 3718148614455840153, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 166161987973299715, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 2876349066610263070, 1, 0);
INSERT INTO "topics" VALUES ('jobs', 1337407263265028514, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 3781280947790028484, 1, 0);
INSERT INTO "topics" VALUES ('jobs', 4393495600842821738, 1, 0);
INSERT INTO "topics" VALUES ('schedules', 4277141249780083601, 1, 1);
INSERT INTO "job_pauses" VALUES ('toy.pause', 1795726574053834, 'anna');
INSERT INTO "job_schedules" VALUES (1, 'nightly', '0 3 * * *', 'toy.scan', '{}', 0, 1, 1, 0, 1795748400000000, NULL, NULL, 'anna', 1795726574070052, 1795726574070052);
INSERT INTO "jobs" VALUES (1, 'done', 'toy.scan',  E'{"text":"Fähre \\\\xff\\\\\\\\ ''quoted'' \\"twice\\"\\ttab\\nline %s {} 日本 🐾 Straße  "}', 'completed', 0, NULL, 0, 0, 1, 1, 0, 'an owner', 1, NULL, NULL, 300.0, NULL, 3, 4, 0.30000000000000004, 'three', '{"found":3}', NULL, 0, 1, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 1000000, 2000000, 2300000, 2400000, NULL);
INSERT INTO "jobs" VALUES (2, 'waiting', 'toy.scan', '{}', 'pending', 0, NULL, 0, 1, 0, 1, 0, NULL, 0, NULL, 'one at a time', 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 3000000, NULL, NULL, NULL, NULL);
INSERT INTO "jobs" VALUES (3, 'running', 'toy.scan', '{}', 'running', 0, NULL, 0, 0, 1, 3, 0, 'an owner', 1, NULL, NULL, 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 4000000, 5000000, 5000000, NULL, NULL);
INSERT INTO "jobs" VALUES (4, 'repeatable', 'toy.scan', '{}', 'running', 0, NULL, 0, 0, 1, 3, 1, 'an owner', 1, NULL, NULL, 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 4000000, 5000000, 5000000, NULL, NULL);
INSERT INTO "job_logs" VALUES (1, 'done', 2100000, 'info',  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ');
INSERT INTO "job_logs" VALUES (2, 'done', 2200000, 'warning', 'half');
INSERT INTO "file_failures" VALUES (1, '01a219a4-fd5e-7512-a149-bfc95c650001', 'video', 'broken.mp4', 'probe',  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', 17, 1700000000000000001, 1, 1795726573022708);
INSERT INTO "roots" VALUES (1, '01a219a4-fd5e-7512-a149-bfc95c650001', '/films', 'films', '["video"]', '["*.tmp"]', 1, 'inode 7, file system 3f', 1795726572894317, 1795726572894317, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "scan_entries" VALUES (1, 'r', 'video', '0.mp4', 'new', 0, 4611686018427387904, 1700000000123456789, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "scan_entries" VALUES (2, 'r', 'video', '1.mp4', 'changed', 1, 4611686018427387904, 1700000000123456790, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "scan_entries" VALUES (3, 'r', 'video', '2.mp4', 'vanished', 2, 4611686018427387904, 1700000000123456791, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "tombstones" VALUES (1, '01a219a4-fd5e-7512-a149-bfc95c650001', 'video', 'Lisbon/tram 2 Straße.mp4', 1000002, 1719921600000005000, NULL, 'v2', 1795726573279351);
INSERT INTO "video_sums" VALUES (0, 1210300988524979200, 1, 1000000);
INSERT INTO "video_sums" VALUES (0, 1022105175935204352, 1, 1000001);
INSERT INTO "video_sums" VALUES (0, 4583268234606412800, 1, 1000002);
INSERT INTO "video_sums" VALUES (0, 2422981272446393344, 1, 1000003);
INSERT INTO "video_sums" VALUES (0, 2681867772356148224, 1, 1000004);
INSERT INTO "video_sums" VALUES (0, 4216864027081882624, 1, 1000005);
INSERT INTO "video_sums" VALUES (0, 1109448181051934720, 1, 1000006);
INSERT INTO "video_sums" VALUES (0, 3071516694499497984, 1, 1000007);
INSERT INTO "video_sums" VALUES (0, 4121120234628851712, 1, 1000008);
INSERT INTO "video_sums" VALUES (0, 1580158065845660672, 1, 1000009);
INSERT INTO "video_sums" VALUES (0, 3923394672117910528, 1, 1000010);
INSERT INTO "video_sums" VALUES (0, 1306274816719737856, 1, 1000011);
INSERT INTO "video_sums" VALUES (0, 3309107379601420288, 1, 0);
INSERT INTO "video_sums" VALUES (0, 2797676953018587136,  -1,  -1000002);
INSERT INTO "videos" VALUES (1, 'v0', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 0 Straße.mp4', 'tram 0 Straße.mp4', 'lisbon/tram 0 strasse.mp4', 250, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.1, 1719835200000000, NULL, 1000000, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 0,  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726573040066, 1795726573040066, 4344945397921816609);
INSERT INTO "videos" VALUES (4, 'v3', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 3 Straße.mp4', 'tram 3 Straße.mp4', 'lisbon/tram 3 strasse.mp4', 253, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.528571428571428, 1719835380000000, NULL, 1000003, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 3, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 3235310462059936745);
INSERT INTO "videos" VALUES (5, 'v4', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 4 Straße.mp4', 'tram 4 Straße.mp4', 'lisbon/tram 4 strasse.mp4', 254, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.67142857142857, 1719835440000000, NULL, 1000004, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 4, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 8319283509429181867);
INSERT INTO "videos" VALUES (6, 'v5', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 5 Straße.mp4', 'tram 5 Straße.mp4', 'lisbon/tram 5 strasse.mp4', 255, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.814285714285713, 1719835500000000, NULL, 1000005, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 5,  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726573040066, 1795726573040066, 491377039353037285);
INSERT INTO "videos" VALUES (7, 'v6', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 6 Straße.mp4', 'tram 6 Straße.mp4', 'lisbon/tram 6 strasse.mp4', 256, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.957142857142857, 1719835560000000, NULL, 1000006, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 0, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 6796337097100327838);
INSERT INTO "videos" VALUES (8, 'v7', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 7 Straße.mp4', 'tram 7 Straße.mp4', 'lisbon/tram 7 strasse.mp4', 257, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.1, 1719835620000000, NULL, 1000007, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 1, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 1235016571323667782);
INSERT INTO "videos" VALUES (9, 'v8', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 8 Straße.mp4', 'tram 8 Straße.mp4', 'lisbon/tram 8 strasse.mp4', 258, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.242857142857142, 1719835680000000, NULL, 1000008, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 2, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 4159961373912342848);
INSERT INTO "videos" VALUES (10, 'v9', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 9 Straße.mp4', 'tram 9 Straße.mp4', 'lisbon/tram 9 strasse.mp4', 259, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.385714285714286, 1719835740000000, NULL, 1000009, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 3, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 5504967640168975882);
INSERT INTO "videos" VALUES (11, 'v10', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 10 Straße.mp4', 'tram 10 Straße.mp4', 'lisbon/tram 10 strasse.mp4', 260, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.528571428571428, 1719835800000000, NULL, 1000010, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 4,  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726573040066, 1795726573040066, 145927415635066224);
INSERT INTO "videos" VALUES (12, 'v11', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 11 Straße.mp4', 'tram 11 Straße.mp4', 'lisbon/tram 11 strasse.mp4', 261, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.67142857142857, 1719835860000000, NULL, 1000011, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 5, NULL, NULL, NULL, 1795726573040066, 1795726573040066, 6204009269550353264);
INSERT INTO "videos" VALUES (13, 'v12', '', '/elsewhere/boat.mov', 'boat.mov', '/elsewhere/boat.mov', 262, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.814285714285713, 1719835920000000, NULL, NULL, 1719921600000005000, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1795726573194582, 1795726573194582, 6761614383121076065);
INSERT INTO "videos" VALUES (2, 'v1', '01a219a4-fd5e-7512-a149-bfc95c650001', 'Lisbon/tram 1 Straße.mp4', 'tram 1 Straße.mp4', 'lisbon/tram 1 strasse.mp4', 251, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.242857142857142, 1719835260000000, NULL, 1000001, 1719921600000005000, NULL, NULL, '["yellow"]', 5, 'the other one', NULL, NULL, 1795726573040066, 1795726573257059, 1066505437345840899);
INSERT INTO "video_tags" VALUES ('tag 0', 1);
INSERT INTO "video_tags" VALUES ('holiday', 1);
INSERT INTO "video_tags" VALUES ('tag 0', 4);
INSERT INTO "video_tags" VALUES ('holiday', 4);
INSERT INTO "video_tags" VALUES ('tag 1', 5);
INSERT INTO "video_tags" VALUES ('holiday', 5);
INSERT INTO "video_tags" VALUES ('tag 2', 6);
INSERT INTO "video_tags" VALUES ('holiday', 6);
INSERT INTO "video_tags" VALUES ('tag 0', 7);
INSERT INTO "video_tags" VALUES ('holiday', 7);
INSERT INTO "video_tags" VALUES ('tag 1', 8);
INSERT INTO "video_tags" VALUES ('holiday', 8);
INSERT INTO "video_tags" VALUES ('holiday', 9);
INSERT INTO "video_tags" VALUES ('tag 2', 9);
INSERT INTO "video_tags" VALUES ('holiday', 10);
INSERT INTO "video_tags" VALUES ('tag 0', 10);
INSERT INTO "video_tags" VALUES ('tag 1', 11);
INSERT INTO "video_tags" VALUES ('holiday', 11);
INSERT INTO "video_tags" VALUES ('holiday', 12);
INSERT INTO "video_tags" VALUES ('tag 2', 12);
INSERT INTO "video_tags" VALUES ('yellow', 2);
INSERT INTO "calibration_sums" VALUES (0, 2780805110351482880, 1, 8);
INSERT INTO "calibration_tables" VALUES (1, 'c0', '', '/sky/SB1.bcal', 'SB1.bcal', '/sky/sb1.bcal', NULL, 'B Jones', NULL, '[]', 'SB1.ms', NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, '[]', NULL, NULL, NULL, NULL, 8, NULL, NULL, NULL, '["night"]', NULL, NULL, NULL, 1795726573838017, 1795726573838017, 5498840172555896340);
INSERT INTO "image_inputs_left" VALUES ('gone', 'i0', 'mosaic');
INSERT INTO "image_sums" VALUES (0, 3168009225054439424, 1, 1099511627776);
INSERT INTO "image_sums" VALUES (0, 1556162736675410944, 1, 1099511627777);
INSERT INTO "image_sums" VALUES (0, 3280821753358113792, 1, 1099511627778);
INSERT INTO "image_sums" VALUES (0, 2695850860648157184, 1, 1099511627779);
INSERT INTO "images" VALUES (2, 'i1', '', '/sky/field 1.image.fits', 'field 1.image.fits', '/sky/field 1.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0,  -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59001.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 'in_mosaic', 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627777, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726573374664, 1795726573374664, 3558036462050889426);
INSERT INTO "images" VALUES (3, 'i2', '', '/sky/field 2.image.fits', 'field 2.image.fits', '/sky/field 2.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0,  -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59002.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 'in_mosaic', 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627778, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726573395758, 1795726573395758, 8394221065589710761);
INSERT INTO "images" VALUES (1, 'i0', '', '/sky/field 0.image.fits', 'field 0.image.fits', '/sky/field 0.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0,  -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59000.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627776, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726573310344, 1795726573310344, 7740851636451243090);
INSERT INTO "images" VALUES (4, 'i3', '', '/sky/field 3.image.fits', 'field 3.image.fits', '/sky/field 3.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0,  -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59003.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627779, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726573414475, 1795726573414475, 8852071325180022365);
INSERT INTO "measurement_sets" VALUES (1, 'm0', '', '/sky/SB1.ms', 'SB1.ms', '/sky/sb1.ms', 'SB1.ms', NULL, NULL, NULL, NULL, '[]', '[]', '[]', NULL, 98.75,  -31.4, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, '[]', '[]', 1446897160729705959, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 7, NULL, NULL, NULL, '["night"]', NULL, NULL, NULL, 1795726573793280, 1795726573793280, 7942496587082546102);
INSERT INTO "ms_sums" VALUES (0, 3552593283897723904, 1, 7);
INSERT INTO "radio_rules" VALUES (1, 'root', '{"catalogues":false,"find":false,"associate":false,"force":false,"seed_sigma":5.0,"flood_sigma":4.0}', 1795726573901969, 1795726573901969);
INSERT INTO "radio_turns" VALUES ('images', 2);
INSERT INTO "reference_sources" VALUES (1, '01a219a5-0135-7de3-9dfd-bd4c3ec60001', 'vla', 'calibrator', '3C48', 24.42, 33.16, NULL, NULL, 158041979170869025, 1795726573877868);
INSERT INTO "reference_sources" VALUES (2, '01a219a5-0135-7de3-9dfd-bd4c3ec60002', 'vla', 'calibrator', '3C286', 202.78, 30.51, 14.9, NULL, 734106955223790327, 1795726573877868);
INSERT INTO "sources" VALUES (2, 's1', 'MUS J100200.0-301200', 'mus j100200.0-301200', 'caller', 150.5,  -30.2, NULL, NULL, 150.5,  -30.2, NULL, NULL, 2731782305764255646, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, '[]', NULL,  E'Fähre \\xff\\\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, 1795726573551774, 1795726573551774);
INSERT INTO "sources" VALUES (1, 's0', 'MUS J100000.0-300000', 'mus j100000.0-300000', 'caller', 150.0,  -30.0, NULL, NULL, 150.0,  -30.0, NULL, NULL, 2731883533962942873, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 2, 2, 59000.1, 59003.1, 'UHF', 'I', 2, 0, 0.011666666666666667, 0.011666666666666667, 0.01, 0.013333333333333334, 0.20203050891044216, 5.555555555555557, 2.357022603955159, 0.28571428571428575, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'good', NULL, '[]', NULL, 'good', '["bright"]', NULL, NULL, NULL, 1795726573521178, 1795726573767115);
INSERT INTO "calibration_tags" VALUES ('night', 1);
INSERT INTO "image_inputs" VALUES (1, 2, 'mosaic');
INSERT INTO "image_inputs" VALUES (1, 3, 'mosaic');
INSERT INTO "image_tags" VALUES ('dawn', 1);
INSERT INTO "image_tags" VALUES ('dawn', 2);
INSERT INTO "image_tags" VALUES ('dawn', 3);
INSERT INTO "image_tags" VALUES ('dawn', 4);
INSERT INTO "measurements" VALUES (1, '01a219a5-000e-7b78-b93c-a885d3010001', 1, 1, 'detected', NULL, NULL, NULL, 150.0,  -30.0, NULL, NULL, 0.01, 0.001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 'UHF', 'I', 888000000.0, 59000.1, 1, NULL, NULL, 1795726573582717);
INSERT INTO "measurements" VALUES (2, '01a219a5-008b-7a49-b6d8-6f8ac7c70001', 1, 4, 'detected', NULL, NULL, NULL, 150.0,  -30.0, NULL, NULL, 0.013333333333333334, 0.001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 'UHF', 'I', 888000000.0, 59003.1, 1, NULL, NULL, 1795726573707643);
INSERT INTO "ms_calibration" VALUES (1, 1, 'recorded', 1, NULL, 1);
INSERT INTO "ms_tags" VALUES ('night', 1);
INSERT INTO "source_statistics" VALUES (1, 1, 'UHF', 'I', 1, 2, 2, 0, 59000.1, 59003.1, 2, 0.011666666666666667, 0.0, 5.5555555555555575e-06, 2000000.0, 0.011666666666666667, 0.0, 5.555555555555557, 0.01, 59000.1, '01a219a5-000e-7b78-b93c-a885d3010001', 0.013333333333333334, 59003.1, '01a219a5-008b-7a49-b6d8-6f8ac7c70001', 0.001, 2.357022603955159, 0.28571428571428575, 0.013333333333333334, 0.001, 59003.1, '01a219a5-008b-7a49-b6d8-6f8ac7c70001', 0.01, 0.001, 59000.1, '01a219a5-000e-7b78-b93c-a885d3010001', 0.20203050891044216, 5.555555555555557, 0, NULL, 0.0, 0.0, 0.0, NULL, 0.0, 0.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "source_tags" VALUES ('bright', 1);
ALTER TABLE "alembic_version" ENABLE TRIGGER USER;
ALTER TABLE "schema_revisions" ENABLE TRIGGER USER;
ALTER TABLE "audit" ENABLE TRIGGER USER;
ALTER TABLE "events" ENABLE TRIGGER USER;
ALTER TABLE "meta" ENABLE TRIGGER USER;
ALTER TABLE "topics" ENABLE TRIGGER USER;
ALTER TABLE "job_pauses" ENABLE TRIGGER USER;
ALTER TABLE "job_schedules" ENABLE TRIGGER USER;
ALTER TABLE "jobs" ENABLE TRIGGER USER;
ALTER TABLE "job_logs" ENABLE TRIGGER USER;
ALTER TABLE "file_failures" ENABLE TRIGGER USER;
ALTER TABLE "roots" ENABLE TRIGGER USER;
ALTER TABLE "scan_entries" ENABLE TRIGGER USER;
ALTER TABLE "tombstones" ENABLE TRIGGER USER;
ALTER TABLE "video_sums" ENABLE TRIGGER USER;
ALTER TABLE "videos" ENABLE TRIGGER USER;
ALTER TABLE "video_tags" ENABLE TRIGGER USER;
ALTER TABLE "calibration_sums" ENABLE TRIGGER USER;
ALTER TABLE "calibration_tables" ENABLE TRIGGER USER;
ALTER TABLE "image_inputs_left" ENABLE TRIGGER USER;
ALTER TABLE "image_sums" ENABLE TRIGGER USER;
ALTER TABLE "images" ENABLE TRIGGER USER;
ALTER TABLE "measurement_sets" ENABLE TRIGGER USER;
ALTER TABLE "ms_sums" ENABLE TRIGGER USER;
ALTER TABLE "radio_rules" ENABLE TRIGGER USER;
ALTER TABLE "radio_turns" ENABLE TRIGGER USER;
ALTER TABLE "reference_sources" ENABLE TRIGGER USER;
ALTER TABLE "sources" ENABLE TRIGGER USER;
ALTER TABLE "calibration_tags" ENABLE TRIGGER USER;
ALTER TABLE "image_inputs" ENABLE TRIGGER USER;
ALTER TABLE "image_tags" ENABLE TRIGGER USER;
ALTER TABLE "measurements" ENABLE TRIGGER USER;
ALTER TABLE "ms_calibration" ENABLE TRIGGER USER;
ALTER TABLE "ms_tags" ENABLE TRIGGER USER;
ALTER TABLE "source_statistics" ENABLE TRIGGER USER;
ALTER TABLE "source_tags" ENABLE TRIGGER USER;
SELECT setval('audit_id_seq', 31);
SELECT setval('calibration_tables_seq_seq', 1);
SELECT setval('events_id_seq', 33);
SELECT setval('file_failures_seq_seq', 1);
SELECT setval('images_seq_seq', 4);
SELECT setval('job_logs_seq_seq', 2);
SELECT setval('job_schedules_seq_seq', 1);
SELECT setval('jobs_seq_seq', 4);
SELECT setval('measurement_sets_seq_seq', 1);
SELECT setval('measurements_seq_seq', 2);
SELECT setval('radio_rules_seq_seq', 1);
SELECT setval('reference_sources_seq_seq', 2);
SELECT setval('roots_seq_seq', 1);
SELECT setval('scan_entries_seq_seq', 3);
SELECT setval('source_statistics_seq_seq', 1);
SELECT setval('sources_seq_seq', 2);
SELECT setval('tombstones_seq_seq', 1);
SELECT setval('videos_seq_seq', 13);
