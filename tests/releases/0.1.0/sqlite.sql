PRAGMA application_id = 1299542900;
BEGIN;
CREATE TABLE schema_revisions (
	revision TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	down_revisions TEXT NOT NULL, 
	depends_on TEXT NOT NULL, 
	product_version TEXT NOT NULL, 
	applied_at INTEGER NOT NULL, 
	PRIMARY KEY (revision)
)
 STRICT

;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
)
 STRICT

;
CREATE TABLE topics (
	name TEXT NOT NULL, 
	shard INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	CONSTRAINT pk_topics PRIMARY KEY (name, shard)
)
 STRICT

;
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	topic TEXT NOT NULL, 
	"key" TEXT, 
	change_id TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id)
)
 STRICT

;
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	actor TEXT NOT NULL, 
	request_id TEXT, 
	change_id TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	record_id TEXT, 
	action TEXT NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
)
 STRICT

;
CREATE TABLE roots (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	path TEXT NOT NULL, 
	name TEXT NOT NULL, 
	collections TEXT NOT NULL, 
	exclude TEXT NOT NULL, 
	recursive INTEGER NOT NULL, 
	identity TEXT, 
	created_at INTEGER NOT NULL, 
	updated_at INTEGER NOT NULL, 
	last_scan_at INTEGER, 
	last_scan TEXT, 
	problem TEXT, watched INTEGER, watch_note TEXT, 
	CONSTRAINT pk_roots PRIMARY KEY (seq), 
	CONSTRAINT ck_roots_recursive CHECK (recursive IN (0, 1)), 
	CONSTRAINT uq_roots_id UNIQUE (id), 
	CONSTRAINT uq_roots_path UNIQUE (path)
)
 STRICT

;
CREATE TABLE tombstones (
	seq INTEGER NOT NULL, 
	root_id TEXT NOT NULL, 
	collection TEXT NOT NULL, 
	path TEXT NOT NULL, 
	size INTEGER, 
	mtime_ns INTEGER, 
	fingerprint TEXT, 
	item_id TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	CONSTRAINT pk_tombstones PRIMARY KEY (seq)
)
 STRICT

;
CREATE TABLE file_failures (
	seq INTEGER NOT NULL, 
	root_id TEXT NOT NULL, 
	collection TEXT NOT NULL, 
	path TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	message TEXT NOT NULL, 
	size INTEGER, 
	mtime_ns INTEGER, 
	attempts INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	CONSTRAINT pk_file_failures PRIMARY KEY (seq)
)
 STRICT

;
CREATE TABLE scan_entries (
	seq INTEGER NOT NULL, 
	root_id TEXT NOT NULL, 
	collection TEXT NOT NULL, 
	path TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	waiting INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	mtime_ns INTEGER NOT NULL, 
	fingerprint TEXT, 
	item_id TEXT, 
	item_size INTEGER, 
	item_fingerprint TEXT, 
	match_id TEXT, 
	leaving INTEGER NOT NULL, 
	CONSTRAINT pk_scan_entries PRIMARY KEY (seq), 
	CONSTRAINT ck_scan_entries_kind CHECK (kind IN ('new', 'changed', 'vanished'))
)
 STRICT

;
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
 STRICT;
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
 STRICT;
CREATE TABLE image_inputs_left (
    image_id TEXT NOT NULL,
    input_id TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_image_inputs_left PRIMARY KEY (image_id, input_id)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE image_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_image_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE radio_rules (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    rules TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_radio_rules PRIMARY KEY (seq),
    CONSTRAINT uq_radio_rules_id UNIQUE (id)
)
 STRICT;
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
 STRICT;
CREATE TABLE radio_turns (
    name TEXT NOT NULL,
    taken INTEGER NOT NULL,
    CONSTRAINT pk_radio_turns PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT;
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
 STRICT;
CREATE TABLE ms_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_ms_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT;
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
 STRICT;
CREATE TABLE calibration_sums (
    missing INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT pk_calibration_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT;
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
 STRICT;
CREATE TABLE image_inputs (
    image INTEGER NOT NULL,
    input INTEGER NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_image_inputs PRIMARY KEY (image, input),
    CONSTRAINT fk_image_inputs_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE,
    CONSTRAINT fk_image_inputs_input FOREIGN KEY(input) REFERENCES images (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE image_tags (
    tag TEXT NOT NULL,
    image INTEGER NOT NULL,
    CONSTRAINT pk_image_tags PRIMARY KEY (tag, image),
    CONSTRAINT fk_image_tags_image FOREIGN KEY(image) REFERENCES images (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE source_tags (
    tag TEXT NOT NULL,
    source INTEGER NOT NULL,
    CONSTRAINT pk_source_tags PRIMARY KEY (tag, source),
    CONSTRAINT fk_source_tags_source FOREIGN KEY(source) REFERENCES sources (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT;
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
 STRICT;
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
 STRICT;
CREATE TABLE ms_tags (
    tag TEXT NOT NULL,
    ms INTEGER NOT NULL,
    CONSTRAINT pk_ms_tags PRIMARY KEY (tag, ms),
    CONSTRAINT fk_ms_tags_ms FOREIGN KEY(ms) REFERENCES measurement_sets (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE calibration_tags (
    tag TEXT NOT NULL,
    calibration INTEGER NOT NULL,
    CONSTRAINT pk_calibration_tags PRIMARY KEY (tag, calibration),
    CONSTRAINT fk_calibration_tags_calibration FOREIGN KEY(calibration) REFERENCES calibration_tables (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT;
CREATE VIRTUAL TABLE images_fts USING fts5(search_text, content='', contentless_delete=1,
detail=none, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE measurement_sets_fts USING fts5(search_text, content='',
contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE calibration_tables_fts USING fts5(search_text, content='',
contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
CREATE TABLE videos (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	root_id TEXT NOT NULL, 
	path TEXT NOT NULL, 
	filename TEXT NOT NULL, 
	search_text TEXT NOT NULL, 
	duration_frames INTEGER, 
	frames_exact INTEGER, 
	frame_rate_numerator INTEGER, 
	frame_rate_denominator INTEGER, 
	width INTEGER, 
	height INTEGER, 
	display_width INTEGER, 
	display_height INTEGER, 
	pixel_aspect_numerator INTEGER, 
	pixel_aspect_denominator INTEGER, 
	rotation INTEGER, 
	video_codec TEXT, 
	audio_codec TEXT, 
	container TEXT, 
	bit_rate INTEGER, 
	pixel_format TEXT, 
	field_order TEXT, 
	hdr TEXT, 
	audio_channels INTEGER, 
	audio_rate INTEGER, 
	audio_languages TEXT NOT NULL, 
	subtitle_languages TEXT NOT NULL, 
	duration_seconds REAL, 
	recorded_at INTEGER, 
	start_timecode TEXT, 
	file_size INTEGER, 
	mtime_ns INTEGER, 
	fingerprint TEXT, 
	missing_since INTEGER, 
	tags TEXT NOT NULL, 
	rating INTEGER, 
	note TEXT, 
	thumbnail_path TEXT, 
	job_id TEXT, 
	created_at INTEGER NOT NULL, 
	updated_at INTEGER NOT NULL, revision INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_videos PRIMARY KEY (seq), 
	CONSTRAINT uq_videos_id UNIQUE (id), 
	CONSTRAINT uq_videos_root_id_path UNIQUE (root_id, path), 
	CONSTRAINT ck_videos_rating CHECK (rating BETWEEN 0 AND 5)
)
 STRICT

;
CREATE TABLE video_tags (
	tag TEXT NOT NULL, 
	video INTEGER NOT NULL, 
	CONSTRAINT pk_video_tags PRIMARY KEY (tag, video), 
	CONSTRAINT fk_video_tags_video FOREIGN KEY(video) REFERENCES videos (seq) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
CREATE VIRTUAL TABLE videos_fts USING fts5(search_text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
CREATE TABLE video_sums (
	missing INTEGER NOT NULL, 
	shard INTEGER NOT NULL, 
	files INTEGER NOT NULL, 
	bytes INTEGER NOT NULL, 
	CONSTRAINT pk_video_sums PRIMARY KEY (missing, shard)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE jobs (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	status TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	run_at INTEGER, 
	paused INTEGER NOT NULL, 
	ready INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	repeatable INTEGER NOT NULL, 
	owner TEXT, 
	claim_id INTEGER NOT NULL, 
	cancel_requested_at INTEGER, 
	uniqueness_key TEXT, 
	time_limit REAL, 
	stall_limit REAL, 
	progress_done INTEGER, 
	progress_total INTEGER, 
	progress_rate REAL, 
	progress_message TEXT, 
	result TEXT, 
	error TEXT, 
	external INTEGER NOT NULL, 
	heartbeats INTEGER NOT NULL, 
	inputs TEXT, 
	outputs TEXT, 
	parent TEXT, 
	software_version TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	request_id TEXT, 
	created_at INTEGER NOT NULL, 
	started_at INTEGER, 
	heartbeat_at INTEGER, 
	finished_at INTEGER, 
	expires_at INTEGER, 
	CONSTRAINT pk_jobs PRIMARY KEY (seq), 
	CONSTRAINT ck_jobs_status CHECK (status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'cancelled')), 
	CONSTRAINT ck_jobs_ready CHECK (ready = 0 OR (status = 'pending' AND paused = 0)), 
	CONSTRAINT uq_jobs_id UNIQUE (id)
)
 STRICT

;
CREATE TABLE job_logs (
	seq INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	level TEXT NOT NULL, 
	line TEXT NOT NULL, 
	CONSTRAINT pk_job_logs PRIMARY KEY (seq), 
	CONSTRAINT fk_job_logs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE job_pauses (
	type TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	actor TEXT NOT NULL, 
	CONSTRAINT pk_job_pauses PRIMARY KEY (type)
)
 STRICT

;
CREATE TABLE job_schedules (
	seq INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	cron TEXT NOT NULL, 
	type TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	catch_up INTEGER NOT NULL, 
	overlap INTEGER NOT NULL, 
	paused INTEGER NOT NULL, 
	next_at INTEGER NOT NULL, 
	last_at INTEGER, 
	last_job_id TEXT, 
	actor TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	updated_at INTEGER NOT NULL, 
	CONSTRAINT pk_job_schedules PRIMARY KEY (seq), 
	CONSTRAINT uq_job_schedules_name UNIQUE (name)
)
 STRICT

;
INSERT INTO "schema_revisions" VALUES ('store_0001', 'store', '[]', '[]', '0.1.0', 1795726569601298);
INSERT INTO "schema_revisions" VALUES ('files_0001', 'files', '[]', '["store_0001"]', '0.1.0', 1795726569640764);
INSERT INTO "schema_revisions" VALUES ('radio_0001', 'radio', '[]', '["files_0001"]', '0.1.0', 1795726569721123);
INSERT INTO "schema_revisions" VALUES ('video_0001', 'video', '[]', '["files_0001"]', '0.1.0', 1795726569756035);
INSERT INTO "schema_revisions" VALUES ('video_0002', 'video', '["video_0001"]', '[]', '0.1.0', 1795726569774819);
INSERT INTO "schema_revisions" VALUES ('video_0003', 'video', '["video_0002"]', '[]', '0.1.0', 1795726569786675);
INSERT INTO "schema_revisions" VALUES ('files_0002', 'files', '["files_0001"]', '[]', '0.1.0', 1795726569803441);
INSERT INTO "schema_revisions" VALUES ('jobs_0001', 'jobs', '[]', '["store_0001"]', '0.1.0', 1795726569832260);
INSERT INTO "schema_revisions" VALUES ('jobs_0002', 'jobs', '["jobs_0001"]', '[]', '0.1.0', 1795726569854974);
INSERT INTO "schema_revisions" VALUES ('store_0002', 'store', '["store_0001"]', '[]', '0.1.0', 1795726569864631);
INSERT INTO "alembic_version" VALUES ('radio_0001');
INSERT INTO "alembic_version" VALUES ('video_0003');
INSERT INTO "alembic_version" VALUES ('files_0002');
INSERT INTO "alembic_version" VALUES ('jobs_0002');
INSERT INTO "alembic_version" VALUES ('store_0002');
INSERT INTO "meta" VALUES ('database_id', '01a219a4-f196-75fb-b1a7-797b73020001');
INSERT INTO "topics" VALUES ('roots', 0, 1, 1);
INSERT INTO "topics" VALUES ('video', 0, 5, 12);
INSERT INTO "topics" VALUES ('images', 0, 8, 4);
INSERT INTO "topics" VALUES ('sources', 0, 7, 2);
INSERT INTO "topics" VALUES ('ms', 0, 1, 1);
INSERT INTO "topics" VALUES ('cal', 0, 1, 1);
INSERT INTO "topics" VALUES ('reference_sources', 0, 1, 2);
INSERT INTO "topics" VALUES ('radio_rules', 0, 1, 1);
INSERT INTO "topics" VALUES ('jobs', 0, 9, 4);
INSERT INTO "topics" VALUES ('schedules', 0, 1, 1);
INSERT INTO "events" VALUES (1, 1795726569990366, 'roots', '01a219a4-f206-75db-aa56-906859e30001', '01a219a4-f206-75db-aa56-906859e30000');
INSERT INTO "events" VALUES (2, 1795726570045992, 'video', NULL, '01a219a4-f23d-7fdf-90cc-f266f51d0000');
INSERT INTO "events" VALUES (3, 1795726570071390, 'video', 'v12', '01a219a4-f257-763d-9359-a471d1960000');
INSERT INTO "events" VALUES (4, 1795726570094019, 'video', 'v1', '01a219a4-f26e-704d-90e8-7c484c320000');
INSERT INTO "events" VALUES (5, 1795726570121709, 'video', 'v1', '01a219a4-f289-7b58-868c-ac8c48300000');
INSERT INTO "events" VALUES (6, 1795726570133894, 'video', 'v2', '01a219a4-f295-7e4d-89e8-3bc3f9f40000');
INSERT INTO "events" VALUES (7, 1795726570150226, 'images', 'i0', '01a219a4-f2a6-739d-bbfa-8b514bfa0000');
INSERT INTO "events" VALUES (8, 1795726570181656, 'images', 'i1', '01a219a4-f2c5-7a7e-9056-d7f042cb0000');
INSERT INTO "events" VALUES (9, 1795726570185822, 'images', 'i2', '01a219a4-f2c9-7d26-a89b-8fe75b670000');
INSERT INTO "events" VALUES (10, 1795726570189787, 'images', 'i3', '01a219a4-f2cd-7c97-98a7-95cd8daf0000');
INSERT INTO "events" VALUES (11, 1795726570205597, 'images', 'i0', '01a219a4-f2dd-798d-841d-8e173db50000');
INSERT INTO "events" VALUES (12, 1795726570205597, 'images', NULL, '01a219a4-f2dd-798d-841d-8e173db50000');
INSERT INTO "events" VALUES (13, 1795726570229690, 'sources', 's0', '01a219a4-f2f5-7b0a-bf99-8e79edb70000');
INSERT INTO "events" VALUES (14, 1795726570249640, 'sources', 's1', '01a219a4-f309-7a3d-84cf-2f93aed50000');
INSERT INTO "events" VALUES (15, 1795726570263292, 'sources', NULL, '01a219a4-f317-74ac-8997-08b84a340000');
INSERT INTO "events" VALUES (16, 1795726570263292, 'images', 'i0', '01a219a4-f317-74ac-8997-08b84a340000');
INSERT INTO "events" VALUES (17, 1795726570313611, 'sources', NULL, '01a219a4-f349-79c6-8739-e43e75fd0000');
INSERT INTO "events" VALUES (18, 1795726570313611, 'images', 'i3', '01a219a4-f349-79c6-8739-e43e75fd0000');
INSERT INTO "events" VALUES (19, 1795726570325840, 'sources', 's0', '01a219a4-f355-7d70-a459-1b25d0350000');
INSERT INTO "events" VALUES (20, 1795726570342345, 'ms', 'm0', '01a219a4-f366-7585-9679-a9a5f46e0000');
INSERT INTO "events" VALUES (21, 1795726570369790, 'cal', 'c0', '01a219a4-f381-7ca3-ab28-e27503830000');
INSERT INTO "events" VALUES (22, 1795726570387003, 'reference_sources', 'vla', '01a219a4-f393-700c-be77-dcc0c6c50000');
INSERT INTO "events" VALUES (23, 1795726570405886, 'radio_rules', 'root', '01a219a4-f3a5-7e2d-89ea-83a584e30000');
INSERT INTO "events" VALUES (24, 1795726570407325, 'jobs', 'done', '01a219a4-f3a7-7533-abf4-75c4bcf00000');
INSERT INTO "events" VALUES (25, 1795726570422458, 'jobs', 'done', '01a219a4-f3b6-7753-bee5-c1274c990000');
INSERT INTO "events" VALUES (26, 1795726570458903, 'jobs', 'done', '01a219a4-f3da-7e72-ad75-1ff835040000');
INSERT INTO "events" VALUES (27, 1795726570466103, 'jobs', 'waiting', '01a219a4-f3e2-71a5-bd56-bfe7e5900000');
INSERT INTO "events" VALUES (28, 1795726570471641, 'jobs', 'running', '01a219a4-f3e7-7a41-8f8b-2aab885c0000');
INSERT INTO "events" VALUES (29, 1795726570473495, 'jobs', 'running', '01a219a4-f3e9-77eb-b94b-522d91fc0000');
INSERT INTO "events" VALUES (30, 1795726570482081, 'jobs', 'repeatable', '01a219a4-f3f2-714b-8743-9f25782f0000');
INSERT INTO "events" VALUES (31, 1795726570485846, 'jobs', 'repeatable', '01a219a4-f3f5-7d89-8557-de1ce2780000');
INSERT INTO "events" VALUES (32, 1795726570493863, 'jobs', NULL, '01a219a4-f3fd-7dce-adb6-20ac338c0000');
INSERT INTO "events" VALUES (33, 1795726570505588, 'schedules', 'nightly', '01a219a4-f409-7968-8d1c-6367a7020000');
INSERT INTO "audit" VALUES (1, 1795726569990366, 'anna', 'request-1', '01a219a4-f206-75db-aa56-906859e30000', 'roots', '01a219a4-f206-75db-aa56-906859e30001', 'insert', NULL, '{"collections":"[\"video\"]","exclude":"[\"*.tmp\"]","name":"films","path":"/films","recursive":1}');
INSERT INTO "audit" VALUES (2, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v0', 'insert', NULL, '{"note":"Fähre \\xff\\\\ ''quoted'' \"twice\"\ttab\nline %s {} 日本 🐾 Straße  ","rating":0,"tags":"[\"holiday\",\"tag 0\"]"}');
INSERT INTO "audit" VALUES (3, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v1', 'insert', NULL, '{"rating":1,"tags":"[\"holiday\",\"tag 1\"]"}');
INSERT INTO "audit" VALUES (4, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v2', 'insert', NULL, '{"rating":2,"tags":"[\"holiday\",\"tag 2\"]"}');
INSERT INTO "audit" VALUES (5, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v3', 'insert', NULL, '{"rating":3,"tags":"[\"holiday\",\"tag 0\"]"}');
INSERT INTO "audit" VALUES (6, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v4', 'insert', NULL, '{"rating":4,"tags":"[\"holiday\",\"tag 1\"]"}');
INSERT INTO "audit" VALUES (7, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v5', 'insert', NULL, '{"note":"Fähre \\xff\\\\ ''quoted'' \"twice\"\ttab\nline %s {} 日本 🐾 Straße  ","rating":5,"tags":"[\"holiday\",\"tag 2\"]"}');
INSERT INTO "audit" VALUES (8, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v6', 'insert', NULL, '{"rating":0,"tags":"[\"holiday\",\"tag 0\"]"}');
INSERT INTO "audit" VALUES (9, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v7', 'insert', NULL, '{"rating":1,"tags":"[\"holiday\",\"tag 1\"]"}');
INSERT INTO "audit" VALUES (10, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v8', 'insert', NULL, '{"rating":2,"tags":"[\"holiday\",\"tag 2\"]"}');
INSERT INTO "audit" VALUES (11, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v9', 'insert', NULL, '{"rating":3,"tags":"[\"holiday\",\"tag 0\"]"}');
INSERT INTO "audit" VALUES (12, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v10', 'insert', NULL, '{"note":"Fähre \\xff\\\\ ''quoted'' \"twice\"\ttab\nline %s {} 日本 🐾 Straße  ","rating":4,"tags":"[\"holiday\",\"tag 1\"]"}');
INSERT INTO "audit" VALUES (13, 1795726570045992, 'anna', 'request-1', '01a219a4-f23d-7fdf-90cc-f266f51d0000', 'video', 'v11', 'insert', NULL, '{"rating":5,"tags":"[\"holiday\",\"tag 2\"]"}');
INSERT INTO "audit" VALUES (14, 1795726570071390, 'anna', 'request-1', '01a219a4-f257-763d-9359-a471d1960000', 'video', 'v12', 'insert', NULL, '{}');
INSERT INTO "audit" VALUES (15, 1795726570094019, 'anna', 'request-1', '01a219a4-f26e-704d-90e8-7c484c320000', 'video', 'v1', 'update', '{"note":null,"rating":1,"tags":"[\"holiday\",\"tag 1\"]"}', '{"note":"the yellow one","rating":5,"tags":"[\"yellow\"]"}');
INSERT INTO "audit" VALUES (16, 1795726570121709, 'anna', 'request-1', '01a219a4-f289-7b58-868c-ac8c48300000', 'video', 'v1', 'update', '{"note":"the yellow one"}', '{"note":"the other one"}');
INSERT INTO "audit" VALUES (17, 1795726570133894, 'anna', 'request-1', '01a219a4-f295-7e4d-89e8-3bc3f9f40000', 'video', 'v2', 'delete', '{"audio_channels":null,"audio_codec":null,"audio_languages":"[\"por\",\"eng\"]","audio_rate":null,"bit_rate":null,"container":null,"created_at":1795726570045992,"display_height":null,"display_width":null,"duration_frames":252,"duration_seconds":8.385714285714286,"field_order":null,"file_size":1000002,"filename":"tram 2 Straße.mp4","fingerprint":null,"frame_rate_denominator":1001,"frame_rate_numerator":30000,"frames_exact":1,"hdr":null,"height":1080,"id":"v2","job_id":null,"missing_since":null,"mtime_ns":1719921600000005000,"note":null,"path":"Lisbon/tram 2 Straße.mp4","pixel_aspect_denominator":null,"pixel_aspect_numerator":null,"pixel_format":null,"rating":2,"recorded_at":1719835320000000,"root_id":"01a219a4-f206-75db-aa56-906859e30001","rotation":null,"search_text":"lisbon/tram 2 strasse.mp4","start_timecode":null,"subtitle_languages":"[]","tags":"[\"holiday\",\"tag 2\"]","thumbnail_path":null,"updated_at":1795726570045992,"video_codec":"h264","width":1920}', NULL);
INSERT INTO "audit" VALUES (18, 1795726570150226, 'anna', 'request-1', '01a219a4-f2a6-739d-bbfa-8b514bfa0000', 'images', 'i0', 'insert', NULL, '{"tags":"[\"dawn\"]"}');
INSERT INTO "audit" VALUES (19, 1795726570181656, 'anna', 'request-1', '01a219a4-f2c5-7a7e-9056-d7f042cb0000', 'images', 'i1', 'insert', NULL, '{"tags":"[\"dawn\"]"}');
INSERT INTO "audit" VALUES (20, 1795726570185822, 'anna', 'request-1', '01a219a4-f2c9-7d26-a89b-8fe75b670000', 'images', 'i2', 'insert', NULL, '{"tags":"[\"dawn\"]"}');
INSERT INTO "audit" VALUES (21, 1795726570189787, 'anna', 'request-1', '01a219a4-f2cd-7c97-98a7-95cd8daf0000', 'images', 'i3', 'insert', NULL, '{"tags":"[\"dawn\"]"}');
INSERT INTO "audit" VALUES (22, 1795726570205597, 'anna', 'request-1', '01a219a4-f2dd-798d-841d-8e173db50000', 'images', 'i0', 'update', '{"inputs":{}}', '{"inputs":{"i1":"mosaic","i2":"mosaic"}}');
INSERT INTO "audit" VALUES (23, 1795726570229690, 'anna', 'request-1', '01a219a4-f2f5-7b0a-bf99-8e79edb70000', 'sources', 's0', 'insert', NULL, '{"name":"MUS J100000.0-300000","tags":"[\"bright\"]"}');
INSERT INTO "audit" VALUES (24, 1795726570249640, 'anna', 'request-1', '01a219a4-f309-7a3d-84cf-2f93aed50000', 'sources', 's1', 'insert', NULL, '{"name":"MUS J100200.0-301200","note":"Fähre \\xff\\\\ ''quoted'' \"twice\"\ttab\nline %s {} 日本 🐾 Straße  "}');
INSERT INTO "audit" VALUES (25, 1795726570263292, 'anna', 'request-1', '01a219a4-f317-74ac-8997-08b84a340000', 'measurements', 'i0', 'insert', NULL, '{"kinds":["detected"],"measurements":1}');
INSERT INTO "audit" VALUES (26, 1795726570313611, 'anna', 'request-1', '01a219a4-f349-79c6-8739-e43e75fd0000', 'measurements', 'i3', 'insert', NULL, '{"kinds":["detected"],"measurements":1}');
INSERT INTO "audit" VALUES (27, 1795726570325840, 'anna', 'request-1', '01a219a4-f355-7d70-a459-1b25d0350000', 'sources', 's0', 'update', '{"grade_given":null}', '{"grade_given":"good"}');
INSERT INTO "audit" VALUES (28, 1795726570342345, 'anna', 'request-1', '01a219a4-f366-7585-9679-a9a5f46e0000', 'ms', 'm0', 'insert', NULL, '{"tags":"[\"night\"]"}');
INSERT INTO "audit" VALUES (29, 1795726570369790, 'anna', 'request-1', '01a219a4-f381-7ca3-ab28-e27503830000', 'cal', 'c0', 'insert', NULL, '{"tags":"[\"night\"]"}');
INSERT INTO "audit" VALUES (30, 1795726570387003, 'anna', 'request-1', '01a219a4-f393-700c-be77-dcc0c6c50000', 'reference_sources', 'vla', 'insert', NULL, '{"n_sources":2,"role":"calibrator"}');
INSERT INTO "audit" VALUES (31, 1795726570405886, 'anna', 'request-1', '01a219a4-f3a5-7e2d-89ea-83a584e30000', 'radio_rules', 'root', 'insert', NULL, '{"rules":"{\"catalogues\":false,\"find\":false,\"associate\":false,\"force\":false,\"seed_sigma\":5.0,\"flood_sigma\":4.0}"}');
INSERT INTO "roots" VALUES (1, '01a219a4-f206-75db-aa56-906859e30001', '/films', 'films', '["video"]', '["*.tmp"]', 1, 'inode 7, file system 3f', 1795726569990366, 1795726569990366, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "tombstones" VALUES (1, '01a219a4-f206-75db-aa56-906859e30001', 'video', 'Lisbon/tram 2 Straße.mp4', 1000002, 1719921600000005000, NULL, 'v2', 1795726570133894);
INSERT INTO "file_failures" VALUES (1, '01a219a4-f206-75db-aa56-906859e30001', 'video', 'broken.mp4', 'probe', 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', 17, 1700000000000000001, 1, 1795726570033905);
INSERT INTO "scan_entries" VALUES (1, 'r', 'video', '0.mp4', 'new', 0, 4611686018427387904, 1700000000123456789, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "scan_entries" VALUES (2, 'r', 'video', '1.mp4', 'changed', 1, 4611686018427387904, 1700000000123456790, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "scan_entries" VALUES (3, 'r', 'video', '2.mp4', 'vanished', 2, 4611686018427387904, 1700000000123456791, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO "reference_sources" VALUES (1, '01a219a4-f393-700c-be77-dcc0c6c50001', 'vla', 'calibrator', '3C48', 24.42, 33.16, NULL, NULL, 158041979170869025, 1795726570387003);
INSERT INTO "reference_sources" VALUES (2, '01a219a4-f393-700c-be77-dcc0c6c50002', 'vla', 'calibrator', '3C286', 202.78, 30.51, 14.9, NULL, 734106955223790327, 1795726570387003);
INSERT INTO "images" VALUES (1, 'i0', '', '/sky/field 0.image.fits', 'field 0.image.fits', '/sky/field 0.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0, -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59000.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627776, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726570150226, 1795726570150226, 7104240464518944242);
INSERT INTO "images" VALUES (2, 'i1', '', '/sky/field 1.image.fits', 'field 1.image.fits', '/sky/field 1.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0, -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59001.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 'in_mosaic', 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627777, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726570181656, 1795726570181656, 4365927842891082786);
INSERT INTO "images" VALUES (3, 'i2', '', '/sky/field 2.image.fits', 'field 2.image.fits', '/sky/field 2.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0, -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59002.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 'in_mosaic', 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627778, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726570185822, 1795726570185822, 8697010599599279892);
INSERT INTO "images" VALUES (4, 'i3', '', '/sky/field 3.image.fits', 'field 3.image.fits', '/sky/field 3.image.fits', NULL, NULL, NULL, NULL, NULL, 150.0, -30.0, 1.0, '[151.0,-31.0,149.0,-31.0,149.0,-29.0,151.0,-29.0]', NULL, '{"CTYPE1":"RA---SIN","CRVAL1":150.0,"NAXIS1":256}', NULL, NULL, NULL, NULL, 888000000.0, NULL, NULL, 'I', 12.0, NULL, NULL, NULL, NULL, 59003.1, NULL, NULL, 'restored', NULL, NULL, 0.00025, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, 2731883533962942873, 6, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1099511627779, NULL, NULL, NULL, NULL, '["dawn"]', NULL, NULL, NULL, 1795726570189787, 1795726570189787, 8148316295307852583);
INSERT INTO "image_inputs_left" VALUES ('gone', 'i0', 'mosaic');
INSERT INTO "image_sums" VALUES (0, 0, 4, 4398046511110);
INSERT INTO "radio_rules" VALUES (1, 'root', '{"catalogues":false,"find":false,"associate":false,"force":false,"seed_sigma":5.0,"flood_sigma":4.0}', 1795726570405886, 1795726570405886);
INSERT INTO "sources" VALUES (1, 's0', 'MUS J100000.0-300000', 'mus j100000.0-300000', 'caller', 150.0, -30.0, NULL, NULL, 150.0, -30.0, NULL, NULL, 2731883533962942873, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 2, 2, 59000.1, 59003.1, 'UHF', 'I', 2, 0, 0.011666666666666667, 0.011666666666666667, 0.01, 0.013333333333333334, 0.20203050891044216, 5.555555555555557, 2.357022603955159, 0.28571428571428575, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'good', NULL, '[]', NULL, 'good', '["bright"]', NULL, NULL, NULL, 1795726570229690, 1795726570325840);
INSERT INTO "sources" VALUES (2, 's1', 'MUS J100200.0-301200', 'mus j100200.0-301200', 'caller', 150.5, -30.2, NULL, NULL, 150.5, -30.2, NULL, NULL, 2731782305764255646, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, '[]', NULL, 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, 1795726570249640, 1795726570249640);
INSERT INTO "radio_turns" VALUES ('images', 2);
INSERT INTO "measurement_sets" VALUES (1, 'm0', '', '/sky/SB1.ms', 'SB1.ms', '/sky/sb1.ms', 'SB1.ms', NULL, NULL, NULL, NULL, '[]', '[]', '[]', NULL, 98.75, -31.4, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, '[]', '[]', 1446897160729705959, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 7, NULL, NULL, NULL, '["night"]', NULL, NULL, NULL, 1795726570342345, 1795726570342345, 4486267484709112152);
INSERT INTO "ms_sums" VALUES (0, 0, 1, 7);
INSERT INTO "calibration_tables" VALUES (1, 'c0', '', '/sky/SB1.bcal', 'SB1.bcal', '/sky/sb1.bcal', NULL, 'B Jones', NULL, '[]', 'SB1.ms', NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, '[]', NULL, NULL, NULL, NULL, 8, NULL, NULL, NULL, '["night"]', NULL, NULL, NULL, 1795726570369790, 1795726570369790, 3750198896081102555);
INSERT INTO "calibration_sums" VALUES (0, 0, 1, 8);
INSERT INTO "ms_calibration" VALUES (1, 1, 'recorded', 1, NULL, 1);
INSERT INTO "image_inputs" VALUES (1, 2, 'mosaic');
INSERT INTO "image_inputs" VALUES (1, 3, 'mosaic');
INSERT INTO "image_tags" VALUES ('dawn', 1);
INSERT INTO "image_tags" VALUES ('dawn', 2);
INSERT INTO "image_tags" VALUES ('dawn', 3);
INSERT INTO "image_tags" VALUES ('dawn', 4);
INSERT INTO "source_tags" VALUES ('bright', 1);
INSERT INTO "measurements" VALUES (1, '01a219a4-f317-74ac-8997-08b84a340001', 1, 1, 'detected', NULL, NULL, NULL, 150.0, -30.0, NULL, NULL, 0.01, 0.001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 'UHF', 'I', 888000000.0, 59000.1, 1, NULL, NULL, 1795726570263292);
INSERT INTO "measurements" VALUES (2, '01a219a4-f349-79c6-8739-e43e75fd0001', 1, 4, 'detected', NULL, NULL, NULL, 150.0, -30.0, NULL, NULL, 0.013333333333333334, 0.001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 'UHF', 'I', 888000000.0, 59003.1, 1, NULL, NULL, 1795726570313611);
INSERT INTO "source_statistics" VALUES (1, 1, 'UHF', 'I', 1, 2, 2, 0, 59000.1, 59003.1, 2, 0.011666666666666667, 0.0, 5.5555555555555575e-06, 2000000.0, 0.011666666666666667, 0.0, 5.555555555555557, 0.01, 59000.1, '01a219a4-f317-74ac-8997-08b84a340001', 0.013333333333333334, 59003.1, '01a219a4-f349-79c6-8739-e43e75fd0001', 0.001, 2.357022603955159, 0.28571428571428575, 0.013333333333333334, 0.001, 59003.1, '01a219a4-f349-79c6-8739-e43e75fd0001', 0.01, 0.001, 59000.1, '01a219a4-f317-74ac-8997-08b84a340001', 0.20203050891044216, 5.555555555555557, 0, NULL, 0.0, 0.0, 0.0, NULL, 0.0, 0.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "ms_tags" VALUES ('night', 1);
INSERT INTO "calibration_tags" VALUES ('night', 1);
DELETE FROM "images_fts_data";
INSERT INTO "images_fts_data" VALUES (1, X'0454');
INSERT INTO "images_fts_data" VALUES (10, X'00000000FF00000101040400040101010101000001020101020200000103010103030000010401010404000001');
INSERT INTO "images_fts_data" VALUES (137438953473, X'0000007B043020302E0101032E6669010202696D0101032F6669010202736B010103302E69010103616765010103642030010103652E660102026C640101036669650103017401010367652E01010369656C0102026D6101020274730101036B792F0101036C64200101036D6167010103736B79010103792F6601040606050605060606060506040606050506060606');
INSERT INTO "images_fts_data" VALUES (274877906945, X'0000007B043020312E0201032E6669020202696D0201032F6669020202736B020103312E69020103616765020103642031020103652E660202026C640201036669650203017402010367652E02010369656C0202026D6102020274730201036B792F0201036C64200201036D6167020103736B79020103792F6602040606050605060606060506040606050506060606');
INSERT INTO "images_fts_data" VALUES (412316860417, X'0000007B043020322E0301032E6669030202696D0301032F6669030202736B030103322E69030103616765030103642032030103652E660302026C640301036669650303017403010367652E03010369656C0302026D6103020274730301036B792F0301036C64200301036D6167030103736B79030103792F6603040606050605060606060506040606050506060606');
INSERT INTO "images_fts_data" VALUES (549755813889, X'0000007B043020332E0401032E6669040202696D0401032F6669040202736B040103332E69040103616765040103642033040103652E660402026C640401036669650403017404010367652E04010369656C0402026D6104020274730401036B792F0401036C64200401036D6167040103736B79040103792F6604040606050605060606060506040606050506060606');
DELETE FROM "images_fts_idx";
INSERT INTO "images_fts_idx" VALUES (1, X'', 2);
INSERT INTO "images_fts_idx" VALUES (2, X'', 2);
INSERT INTO "images_fts_idx" VALUES (3, X'', 2);
INSERT INTO "images_fts_idx" VALUES (4, X'', 2);
DELETE FROM "images_fts_docsize";
INSERT INTO "images_fts_docsize" VALUES (1, X'15', 1);
INSERT INTO "images_fts_docsize" VALUES (2, X'15', 2);
INSERT INTO "images_fts_docsize" VALUES (3, X'15', 3);
INSERT INTO "images_fts_docsize" VALUES (4, X'15', 4);
DELETE FROM "images_fts_config";
INSERT INTO "images_fts_config" VALUES ('version', 4);
DELETE FROM "measurement_sets_fts_data";
INSERT INTO "measurement_sets_fts_data" VALUES (1, X'0109');
INSERT INTO "measurement_sets_fts_data" VALUES (10, X'00000000FF00000101010100010101010101000001');
INSERT INTO "measurement_sets_fts_data" VALUES (137438953473, X'0000003704302E6D730101032F73620103016B010103312E6D01010362312E0101036B792F0101037362310102026B79010103792F7301040606040606060605');
DELETE FROM "measurement_sets_fts_idx";
INSERT INTO "measurement_sets_fts_idx" VALUES (1, X'', 2);
DELETE FROM "measurement_sets_fts_docsize";
INSERT INTO "measurement_sets_fts_docsize" VALUES (1, X'09', 1);
DELETE FROM "measurement_sets_fts_config";
INSERT INTO "measurement_sets_fts_config" VALUES ('version', 4);
DELETE FROM "calibration_tables_fts_data";
INSERT INTO "calibration_tables_fts_data" VALUES (1, X'010B');
INSERT INTO "calibration_tables_fts_data" VALUES (10, X'00000000FF00000101010100010101010101000001');
INSERT INTO "calibration_tables_fts_data" VALUES (137438953473, X'0000004204302E62630101032F73620103016B010103312E6201010362312E010202636101010363616C0101036B792F0101037362310102026B79010103792F73010406060406060506060605');
DELETE FROM "calibration_tables_fts_idx";
INSERT INTO "calibration_tables_fts_idx" VALUES (1, X'', 2);
DELETE FROM "calibration_tables_fts_docsize";
INSERT INTO "calibration_tables_fts_docsize" VALUES (1, X'0B', 1);
DELETE FROM "calibration_tables_fts_config";
INSERT INTO "calibration_tables_fts_config" VALUES ('version', 4);
INSERT INTO "videos" VALUES (1, 'v0', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 0 Straße.mp4', 'tram 0 Straße.mp4', 'lisbon/tram 0 strasse.mp4', 250, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.1, 1719835200000000, NULL, 1000000, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 0, 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726570045992, 1795726570045992, 3744892112351281274);
INSERT INTO "videos" VALUES (2, 'v1', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 1 Straße.mp4', 'tram 1 Straße.mp4', 'lisbon/tram 1 strasse.mp4', 251, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.242857142857142, 1719835260000000, NULL, 1000001, 1719921600000005000, NULL, NULL, '["yellow"]', 5, 'the other one', NULL, NULL, 1795726570045992, 1795726570121709, 2351323847103906060);
INSERT INTO "videos" VALUES (4, 'v3', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 3 Straße.mp4', 'tram 3 Straße.mp4', 'lisbon/tram 3 strasse.mp4', 253, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.528571428571428, 1719835380000000, NULL, 1000003, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 3, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 6414317435563295469);
INSERT INTO "videos" VALUES (5, 'v4', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 4 Straße.mp4', 'tram 4 Straße.mp4', 'lisbon/tram 4 strasse.mp4', 254, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.67142857142857, 1719835440000000, NULL, 1000004, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 4, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 8370845706744847337);
INSERT INTO "videos" VALUES (6, 'v5', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 5 Straße.mp4', 'tram 5 Straße.mp4', 'lisbon/tram 5 strasse.mp4', 255, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.814285714285713, 1719835500000000, NULL, 1000005, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 5, 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726570045992, 1795726570045992, 6116132127276002003);
INSERT INTO "videos" VALUES (7, 'v6', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 6 Straße.mp4', 'tram 6 Straße.mp4', 'lisbon/tram 6 strasse.mp4', 256, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 8.957142857142857, 1719835560000000, NULL, 1000006, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 0, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 662737660336471826);
INSERT INTO "videos" VALUES (8, 'v7', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 7 Straße.mp4', 'tram 7 Straße.mp4', 'lisbon/tram 7 strasse.mp4', 257, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.1, 1719835620000000, NULL, 1000007, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 1, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 5457032933075281491);
INSERT INTO "videos" VALUES (9, 'v8', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 8 Straße.mp4', 'tram 8 Straße.mp4', 'lisbon/tram 8 strasse.mp4', 258, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.242857142857142, 1719835680000000, NULL, 1000008, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 2, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 1857310815439385551);
INSERT INTO "videos" VALUES (10, 'v9', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 9 Straße.mp4', 'tram 9 Straße.mp4', 'lisbon/tram 9 strasse.mp4', 259, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.385714285714286, 1719835740000000, NULL, 1000009, 1719921600000005000, NULL, NULL, '["holiday","tag 0"]', 3, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 5626946149673211419);
INSERT INTO "videos" VALUES (11, 'v10', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 10 Straße.mp4', 'tram 10 Straße.mp4', 'lisbon/tram 10 strasse.mp4', 260, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.528571428571428, 1719835800000000, NULL, 1000010, 1719921600000005000, NULL, NULL, '["holiday","tag 1"]', 4, 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ', NULL, NULL, 1795726570045992, 1795726570045992, 2290467039550614377);
INSERT INTO "videos" VALUES (12, 'v11', '01a219a4-f206-75db-aa56-906859e30001', 'Lisbon/tram 11 Straße.mp4', 'tram 11 Straße.mp4', 'lisbon/tram 11 strasse.mp4', 261, 0, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.67142857142857, 1719835860000000, NULL, 1000011, 1719921600000005000, NULL, NULL, '["holiday","tag 2"]', 5, NULL, NULL, NULL, 1795726570045992, 1795726570045992, 4326806715247974193);
INSERT INTO "videos" VALUES (13, 'v12', '', '/elsewhere/boat.mov', 'boat.mov', '/elsewhere/boat.mov', 262, 1, 30000, 1001, 1920, 1080, NULL, NULL, NULL, NULL, NULL, 'h264', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["por","eng"]', '[]', 9.814285714285713, 1719835920000000, NULL, NULL, 1719921600000005000, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 1795726570071390, 1795726570071390, 3940646678932250447);
INSERT INTO "video_tags" VALUES ('holiday', 1);
INSERT INTO "video_tags" VALUES ('tag 0', 1);
INSERT INTO "video_tags" VALUES ('yellow', 2);
INSERT INTO "video_tags" VALUES ('holiday', 4);
INSERT INTO "video_tags" VALUES ('tag 0', 4);
INSERT INTO "video_tags" VALUES ('holiday', 5);
INSERT INTO "video_tags" VALUES ('tag 1', 5);
INSERT INTO "video_tags" VALUES ('holiday', 6);
INSERT INTO "video_tags" VALUES ('tag 2', 6);
INSERT INTO "video_tags" VALUES ('holiday', 7);
INSERT INTO "video_tags" VALUES ('tag 0', 7);
INSERT INTO "video_tags" VALUES ('holiday', 8);
INSERT INTO "video_tags" VALUES ('tag 1', 8);
INSERT INTO "video_tags" VALUES ('holiday', 9);
INSERT INTO "video_tags" VALUES ('tag 2', 9);
INSERT INTO "video_tags" VALUES ('holiday', 10);
INSERT INTO "video_tags" VALUES ('tag 0', 10);
INSERT INTO "video_tags" VALUES ('holiday', 11);
INSERT INTO "video_tags" VALUES ('tag 1', 11);
INSERT INTO "video_tags" VALUES ('holiday', 12);
INSERT INTO "video_tags" VALUES ('tag 2', 12);
DELETE FROM "videos_fts_data";
INSERT INTO "videos_fts_data" VALUES (1, X'0C8210');
INSERT INTO "videos_fts_data" VALUES (10, X'00000000FF000001010D0E000D0101010101000001020101020200000103010103030101010401010404000001050101050500000106010106060000010701010707000001080101080800000109010109090000010A01010A0A0000010B01010B0B0000010C01010C0C0000010D01010D0D000001');
INSERT INTO "videos_fts_data" VALUES (137438953473, X'00000080043020302001020273740101032E6D700101032F7472010103302073010103616D200102027373010103626F6E010103652E6D0101036973620101036C69730101036D203001020270340101036E2F740101036F6E2F01010372616D0103017301010373626F010202652E010202736501020274720101037472610104060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (274877906945, X'00000080043020312002020273740201032E6D700201032F7472020103312073020103616D200202027373020103626F6E020103652E6D0201036973620201036C69730201036D203102020270340201036E2F740201036F6E2F02010372616D0203017302010373626F020202652E020202736502020274720201037472610204060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (412316860417, X'00000080043020322003020273740301032E6D700301032F7472030103322073030103616D200302027373030103626F6E030103652E6D0301036973620301036C69730301036D203203020270340301036E2F740301036F6E2F03010372616D0303017303010373626F030202652E030202736503020274720301037472610304060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (549755813889, X'00000080043020332004020273740401032E6D700401032F7472040103332073040103616D200402027373040103626F6E040103652E6D0401036973620401036C69730401036D203304020270340401036E2F740401036F6E2F04010372616D0403017304010373626F040202652E040202736504020274720401037472610404060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (687194767361, X'00000080043020342005020273740501032E6D700501032F7472050103342073050103616D200502027373050103626F6E050103652E6D0501036973620501036C69730501036D203405020270340501036E2F740501036F6E2F05010372616D0503017305010373626F050202652E050202736505020274720501037472610504060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (824633720833, X'00000080043020352006020273740601032E6D700601032F7472060103352073060103616D200602027373060103626F6E060103652E6D0601036973620601036C69730601036D203506020270340601036E2F740601036F6E2F06010372616D0603017306010373626F060202652E060202736506020274720601037472610604060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (962072674305, X'00000080043020362007020273740701032E6D700701032F7472070103362073070103616D200702027373070103626F6E070103652E6D0701036973620701036C69730701036D203607020270340701036E2F740701036F6E2F07010372616D0703017307010373626F070202652E070202736507020274720701037472610704060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1099511627777, X'00000080043020372008020273740801032E6D700801032F7472080103372073080103616D200802027373080103626F6E080103652E6D0801036973620801036C69730801036D203708020270340801036E2F740801036F6E2F08010372616D0803017308010373626F080202652E080202736508020274720801037472610804060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1236950581249, X'00000080043020382009020273740901032E6D700901032F7472090103382073090103616D200902027373090103626F6E090103652E6D0901036973620901036C69730901036D203809020270340901036E2F740901036F6E2F09010372616D0903017309010373626F090202652E090202736509020274720901037472610904060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1374389534721, X'0000008004302039200A020273740A01032E6D700A01032F74720A01033920730A0103616D200A020273730A0103626F6E0A0103652E6D0A01036973620A01036C69730A01036D20390A020270340A01036E2F740A01036F6E2F0A010372616D0A0301730A010373626F0A0202652E0A020273650A020274720A01037472610A04060506060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1511828488193, X'0000008604302031300B020273740B01032E6D700B01032F74720B01033020730B01033130200B0103616D200B020273730B0103626F6E0B0103652E6D0B01036973620B01036C69730B01036D20310B020270340B01036E2F740B01036F6E2F0B010372616D0B0301730B010373626F0B0202652E0B020273650B020274720B01037472610B0406050606060606050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1649267441665, X'0000008504302031310C020273740C01032E6D700C01032F74720C01033120730C020231200C0103616D200C020273730C0103626F6E0C0103652E6D0C01036973620C01036C69730C01036D20310C020270340C01036E2F740C01036F6E2F0C010372616D0C0301730C010373626F0C0202652E0C020273650C020274720C01037472610C0406050606060506050606060606050606060406050505');
INSERT INTO "videos_fts_data" VALUES (1786706395137, X'0000006604302E6D6F0D01032F626F0D0202656C0D010361742E0D0103626F610D0103652F620D02026C730D020272650D020277680D01036865720D01036C73650D01036D6F760D01036F61740D010372652F0D01037365770D0103742E6D0D01037768650D0406060506060605050506060606060606');
INSERT INTO "videos_fts_data" VALUES (9007611571601408, X'04000000000000010000000000000000000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
DELETE FROM "videos_fts_idx";
INSERT INTO "videos_fts_idx" VALUES (1, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (2, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (3, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (4, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (5, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (6, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (7, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (8, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (9, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (10, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (11, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (12, X'', 2);
INSERT INTO "videos_fts_idx" VALUES (13, X'', 2);
DELETE FROM "videos_fts_docsize";
INSERT INTO "videos_fts_docsize" VALUES (1, X'17', 1);
INSERT INTO "videos_fts_docsize" VALUES (2, X'17', 2);
INSERT INTO "videos_fts_docsize" VALUES (4, X'17', 4);
INSERT INTO "videos_fts_docsize" VALUES (5, X'17', 5);
INSERT INTO "videos_fts_docsize" VALUES (6, X'17', 6);
INSERT INTO "videos_fts_docsize" VALUES (7, X'17', 7);
INSERT INTO "videos_fts_docsize" VALUES (8, X'17', 8);
INSERT INTO "videos_fts_docsize" VALUES (9, X'17', 9);
INSERT INTO "videos_fts_docsize" VALUES (10, X'17', 10);
INSERT INTO "videos_fts_docsize" VALUES (11, X'18', 11);
INSERT INTO "videos_fts_docsize" VALUES (12, X'18', 12);
INSERT INTO "videos_fts_docsize" VALUES (13, X'11', 13);
DELETE FROM "videos_fts_config";
INSERT INTO "videos_fts_config" VALUES ('version', 4);
INSERT INTO "video_sums" VALUES (0, 0, 12, 11000064);
INSERT INTO "jobs" VALUES (1, 'done', 'toy.scan', '{"text":"Fähre \\xff\\\\ ''quoted'' \"twice\"\ttab\nline %s {} 日本 🐾 Straße  "}', 'completed', 0, NULL, 0, 0, 1, 1, 0, 'an owner', 1, NULL, NULL, 300.0, NULL, 3, 4, 0.30000000000000004, 'three', '{"found":3}', NULL, 0, 1, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 1000000, 2000000, 2300000, 2400000, NULL);
INSERT INTO "jobs" VALUES (2, 'waiting', 'toy.scan', '{}', 'pending', 0, NULL, 0, 1, 0, 1, 0, NULL, 0, NULL, 'one at a time', 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 3000000, NULL, NULL, NULL, NULL);
INSERT INTO "jobs" VALUES (3, 'running', 'toy.scan', '{}', 'running', 0, NULL, 0, 0, 1, 3, 0, 'an owner', 1, NULL, NULL, 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 4000000, 5000000, 5000000, NULL, NULL);
INSERT INTO "jobs" VALUES (4, 'repeatable', 'toy.scan', '{}', 'running', 0, NULL, 0, 0, 1, 3, 1, 'an owner', 1, NULL, NULL, 300.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, '0.1.0', 'anna', 'request-1', 4000000, 5000000, 5000000, NULL, NULL);
INSERT INTO "job_logs" VALUES (1, 'done', 2100000, 'info', 'Fähre \xff\\ ''quoted'' "twice"	tab
line %s {} 日本 🐾 Straße  ');
INSERT INTO "job_logs" VALUES (2, 'done', 2200000, 'warning', 'half');
INSERT INTO "job_pauses" VALUES ('toy.pause', 1795726570493863, 'anna');
INSERT INTO "job_schedules" VALUES (1, 'nightly', '0 3 * * *', 'toy.scan', '{}', 0, 1, 1, 0, 1795748400000000, NULL, NULL, 'anna', 1795726570505588, 1795726570505588);
CREATE UNIQUE INDEX uq_tombstones_path ON tombstones (root_id, collection, path);
CREATE UNIQUE INDEX uq_file_failures_path ON file_failures (root_id, collection, path);
CREATE INDEX ix_scan_entries_scan ON scan_entries (root_id, collection, seq);
CREATE INDEX ix_scan_entries_fingerprint ON scan_entries (root_id, collection, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX ix_scan_entries_item_id ON scan_entries (root_id, collection, item_id) WHERE item_id IS NOT NULL;
CREATE INDEX ix_scan_entries_item_size ON scan_entries (root_id, collection, item_size) WHERE item_size IS NOT NULL;
CREATE INDEX ix_scan_entries_item_fingerprint ON scan_entries (root_id, collection, item_fingerprint) WHERE item_fingerprint IS NOT NULL;
CREATE INDEX ix_scan_entries_match_id ON scan_entries (root_id, collection, match_id) WHERE match_id IS NOT NULL;
CREATE INDEX ix_reference_sources_cell ON reference_sources (cell);
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
CREATE INDEX ix_image_inputs_left_input_id ON image_inputs_left (input_id);
CREATE INDEX ix_sources_cell ON sources (cell);
CREATE INDEX ix_sources_created_at ON sources (created_at, id);
CREATE INDEX ix_sources_job_id ON sources (job_id);
CREATE INDEX ix_sources_n_epochs ON sources (n_epochs, id);
CREATE INDEX ix_sources_name ON sources (name, id);
CREATE INDEX ix_sources_peak_eta ON sources (peak_eta, id);
CREATE INDEX ix_sources_peak_mean_jy ON sources (peak_mean_jy, id);
CREATE INDEX ix_sources_peak_v ON sources (peak_v, id);
CREATE INDEX ix_measurement_sets_cell ON measurement_sets (cell);
CREATE INDEX ix_measurement_sets_created_at ON measurement_sets (created_at, id);
CREATE INDEX ix_measurement_sets_fingerprint ON measurement_sets (fingerprint);
CREATE INDEX ix_measurement_sets_job_id ON measurement_sets (job_id);
CREATE INDEX ix_measurement_sets_mid_mjd ON measurement_sets (mid_mjd, id);
CREATE INDEX ix_calibration_tables_created_at ON calibration_tables (created_at, id);
CREATE INDEX ix_calibration_tables_end_mjd ON calibration_tables (end_mjd);
CREATE INDEX ix_calibration_tables_fingerprint ON calibration_tables (fingerprint);
CREATE INDEX ix_calibration_tables_job_id ON calibration_tables (job_id);
CREATE INDEX ix_calibration_tables_mid_mjd ON calibration_tables (mid_mjd, id);
CREATE INDEX ix_calibration_tables_ms_name ON calibration_tables (ms_name);
CREATE INDEX ix_ms_calibration_calibration ON ms_calibration (calibration);
CREATE INDEX ix_image_inputs_input ON image_inputs (input);
CREATE INDEX ix_image_tags_image ON image_tags (image);
CREATE INDEX ix_source_tags_source ON source_tags (source);
CREATE INDEX ix_measurements_former_source ON measurements (former_source) WHERE former_source IS
NOT NULL;
CREATE INDEX ix_measurements_image ON measurements (image, source, kind);
CREATE INDEX ix_measurements_job_id ON measurements (job_id);
CREATE INDEX ix_measurements_source ON measurements (source, mid_mjd, id);
CREATE INDEX ix_source_statistics_band ON source_statistics (band, stokes, n_epochs);
CREATE INDEX ix_ms_tags_ms ON ms_tags (ms);
CREATE INDEX ix_calibration_tags_calibration ON calibration_tags (calibration);
CREATE TRIGGER image_tags_insert AFTER INSERT ON images WHEN new.tags <> '[]' BEGIN INSERT OR
IGNORE INTO image_tags (tag, image) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER image_tags_update AFTER UPDATE OF tags ON images WHEN old.tags <> new.tags BEGIN
DELETE FROM image_tags WHERE image = old.seq; INSERT OR IGNORE INTO image_tags (tag, image) SELECT
value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER images_fts_insert AFTER INSERT ON images BEGIN INSERT INTO images_fts (rowid,
search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER images_fts_delete AFTER DELETE ON images BEGIN DELETE FROM images_fts WHERE rowid =
old.seq; END;
CREATE TRIGGER images_fts_update AFTER UPDATE OF search_text ON images WHEN old.search_text IS NOT
new.search_text BEGIN DELETE FROM images_fts WHERE rowid = old.seq; INSERT INTO images_fts (rowid,
search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER image_sums_insert AFTER INSERT ON images BEGIN INSERT INTO image_sums (missing,
shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0))
ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END;
CREATE TRIGGER image_sums_delete AFTER DELETE ON images BEGIN INSERT INTO image_sums (missing,
shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size,
0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END;
CREATE TRIGGER image_sums_update AFTER UPDATE OF file_size, missing_since ON images WHEN
old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> (new.missing_since IS NULL)
BEGIN INSERT INTO image_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL,
0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; INSERT INTO image_sums (missing, shard, files,
bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT
(missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER source_tags_insert AFTER INSERT ON sources WHEN new.tags <> '[]' BEGIN INSERT OR
IGNORE INTO source_tags (tag, source) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER source_tags_update AFTER UPDATE OF tags ON sources WHEN old.tags <> new.tags BEGIN
DELETE FROM source_tags WHERE source = old.seq; INSERT OR IGNORE INTO source_tags (tag, source)
SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER ms_tags_insert AFTER INSERT ON measurement_sets WHEN new.tags <> '[]' BEGIN INSERT
OR IGNORE INTO ms_tags (tag, ms) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER ms_tags_update AFTER UPDATE OF tags ON measurement_sets WHEN old.tags <> new.tags
BEGIN DELETE FROM ms_tags WHERE ms = old.seq; INSERT OR IGNORE INTO ms_tags (tag, ms) SELECT
value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER measurement_sets_fts_insert AFTER INSERT ON measurement_sets BEGIN INSERT INTO
measurement_sets_fts (rowid, search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER measurement_sets_fts_delete AFTER DELETE ON measurement_sets BEGIN DELETE FROM
measurement_sets_fts WHERE rowid = old.seq; END;
CREATE TRIGGER measurement_sets_fts_update AFTER UPDATE OF search_text ON measurement_sets WHEN
old.search_text IS NOT new.search_text BEGIN DELETE FROM measurement_sets_fts WHERE rowid =
old.seq; INSERT INTO measurement_sets_fts (rowid, search_text) VALUES (new.seq, new.search_text);
END;
CREATE TRIGGER ms_sums_insert AFTER INSERT ON measurement_sets BEGIN INSERT INTO ms_sums (missing,
shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0))
ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END;
CREATE TRIGGER ms_sums_delete AFTER DELETE ON measurement_sets BEGIN INSERT INTO ms_sums (missing,
shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size,
0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes +
excluded.bytes; END;
CREATE TRIGGER ms_sums_update AFTER UPDATE OF file_size, missing_since ON measurement_sets WHEN
old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> (new.missing_since IS NULL)
BEGIN INSERT INTO ms_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0,
-1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; INSERT INTO ms_sums (missing, shard, files, bytes)
VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing,
shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER calibration_tags_insert AFTER INSERT ON calibration_tables WHEN new.tags <> '[]'
BEGIN INSERT OR IGNORE INTO calibration_tags (tag, calibration) SELECT value, new.seq FROM
json_each(new.tags); END;
CREATE TRIGGER calibration_tags_update AFTER UPDATE OF tags ON calibration_tables WHEN old.tags <>
new.tags BEGIN DELETE FROM calibration_tags WHERE calibration = old.seq; INSERT OR IGNORE INTO
calibration_tags (tag, calibration) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER calibration_tables_fts_insert AFTER INSERT ON calibration_tables BEGIN INSERT INTO
calibration_tables_fts (rowid, search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER calibration_tables_fts_delete AFTER DELETE ON calibration_tables BEGIN DELETE FROM
calibration_tables_fts WHERE rowid = old.seq; END;
CREATE TRIGGER calibration_tables_fts_update AFTER UPDATE OF search_text ON calibration_tables
WHEN old.search_text IS NOT new.search_text BEGIN DELETE FROM calibration_tables_fts WHERE rowid =
old.seq; INSERT INTO calibration_tables_fts (rowid, search_text) VALUES (new.seq,
new.search_text); END;
CREATE TRIGGER calibration_sums_insert AFTER INSERT ON calibration_tables BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 *
coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER calibration_sums_delete AFTER DELETE ON calibration_tables BEGIN INSERT INTO
calibration_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 *
coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER calibration_sums_update AFTER UPDATE OF file_size, missing_since ON
calibration_tables WHEN old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <>
(new.missing_since IS NULL) BEGIN INSERT INTO calibration_sums (missing, shard, files, bytes)
VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT
(missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes;
INSERT INTO calibration_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL,
0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files +
excluded.files, bytes = bytes + excluded.bytes; END;
CREATE INDEX ix_videos_created_at ON videos (created_at, id);
CREATE INDEX ix_videos_duration_seconds ON videos (duration_seconds, id);
CREATE INDEX ix_videos_file_size ON videos (file_size, id);
CREATE INDEX ix_videos_filename ON videos (filename, id);
CREATE INDEX ix_videos_fingerprint ON videos (fingerprint);
CREATE INDEX ix_videos_job_id ON videos (job_id);
CREATE INDEX ix_videos_recorded_at ON videos (recorded_at, id);
CREATE INDEX ix_video_tags_video ON video_tags (video);
CREATE TRIGGER videos_fts_insert AFTER INSERT ON videos BEGIN INSERT INTO videos_fts (rowid, search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER videos_fts_delete AFTER DELETE ON videos BEGIN DELETE FROM videos_fts WHERE rowid = old.seq; END;
CREATE TRIGGER videos_fts_update AFTER UPDATE OF search_text ON videos WHEN old.search_text IS NOT new.search_text BEGIN DELETE FROM videos_fts WHERE rowid = old.seq; INSERT INTO videos_fts (rowid, search_text) VALUES (new.seq, new.search_text); END;
CREATE TRIGGER video_tags_insert AFTER INSERT ON videos WHEN new.tags <> '[]' BEGIN INSERT OR IGNORE INTO video_tags (tag, video) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER video_tags_update AFTER UPDATE OF tags ON videos WHEN old.tags <> new.tags BEGIN DELETE FROM video_tags WHERE video = old.seq; INSERT OR IGNORE INTO video_tags (tag, video) SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER video_sums_insert AFTER INSERT ON videos BEGIN INSERT INTO video_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER video_sums_delete AFTER DELETE ON videos BEGIN INSERT INTO video_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER video_sums_update AFTER UPDATE OF file_size, missing_since ON videos WHEN old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> (new.missing_since IS NULL) BEGIN INSERT INTO video_sums (missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; INSERT INTO video_sums (missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE INDEX ix_jobs_ready ON jobs (type, priority DESC, seq) WHERE ready = 1;
CREATE INDEX ix_jobs_later ON jobs (run_at) WHERE ready = 2;
CREATE UNIQUE INDEX uq_jobs_unfinished ON jobs (uniqueness_key) WHERE uniqueness_key IS NOT NULL AND status IN ('pending', 'running');
CREATE INDEX ix_jobs_expires ON jobs (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_jobs_parent ON jobs (parent) WHERE parent IS NOT NULL;
CREATE INDEX ix_jobs_created_at ON jobs (created_at, id);
CREATE INDEX ix_jobs_type ON jobs (type, created_at, id);
CREATE INDEX ix_jobs_status ON jobs (status, created_at, id);
CREATE INDEX ix_job_logs_job_id ON job_logs (job_id, seq);
CREATE INDEX ix_jobs_finished ON jobs (finished_at, seq) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_audit_record_id_topic_id ON audit (record_id, topic, id);
CREATE INDEX ix_audit_change_id_id ON audit (change_id, id);
CREATE INDEX ix_audit_at_id ON audit (at, id);
CREATE INDEX ix_audit_actor_at_id ON audit (actor, at, id);
CREATE INDEX ix_audit_topic_at_id ON audit (topic, at, id);
COMMIT;
