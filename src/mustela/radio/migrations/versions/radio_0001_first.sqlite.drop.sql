DROP TRIGGER "calibration_sums_update"

DROP TRIGGER "calibration_sums_delete"

DROP TRIGGER "calibration_sums_insert"

DROP TRIGGER "calibration_tables_fts_update"

DROP TRIGGER "calibration_tables_fts_delete"

DROP TRIGGER "calibration_tables_fts_insert"

DROP TABLE "calibration_tables_fts"

DROP TRIGGER "calibration_tags_update"

DROP TRIGGER "calibration_tags_insert"

DROP TRIGGER "ms_sums_update"

DROP TRIGGER "ms_sums_delete"

DROP TRIGGER "ms_sums_insert"

DROP TRIGGER "measurement_sets_fts_update"

DROP TRIGGER "measurement_sets_fts_delete"

DROP TRIGGER "measurement_sets_fts_insert"

DROP TABLE "measurement_sets_fts"

DROP TRIGGER "ms_tags_update"

DROP TRIGGER "ms_tags_insert"

DROP TRIGGER "source_tags_update"

DROP TRIGGER "source_tags_insert"

DROP TRIGGER "image_sums_update"

DROP TRIGGER "image_sums_delete"

DROP TRIGGER "image_sums_insert"

DROP TRIGGER "images_fts_update"

DROP TRIGGER "images_fts_delete"

DROP TRIGGER "images_fts_insert"

DROP TABLE "images_fts"

DROP TRIGGER "image_tags_update"

DROP TRIGGER "image_tags_insert"

DROP TABLE "source_tags"

DROP TABLE "source_statistics"

DROP TABLE "ms_tags"

DROP TABLE "ms_calibration"

DROP TABLE "measurements"

DROP TABLE "image_tags"

DROP TABLE "image_inputs"

DROP TABLE "calibration_tags"

DROP TABLE "sources"

DROP TABLE "reference_sources"

DROP TABLE "radio_turns"

DROP TABLE "radio_rules"

DROP TABLE "ms_sums"

DROP TABLE "measurement_sets"

DROP TABLE "images"

DROP TABLE "image_sums"

DROP TABLE "image_inputs_left"

DROP TABLE "calibration_tables"

DROP TABLE "calibration_sums"
