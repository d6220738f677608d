DROP TRIGGER "calibration_sums_update" ON "calibration_tables"

DROP FUNCTION calibration_sums_update()

DROP TRIGGER "calibration_sums_delete" ON "calibration_tables"

DROP FUNCTION calibration_sums_delete()

DROP TRIGGER "calibration_sums_insert" ON "calibration_tables"

DROP FUNCTION calibration_sums_insert()

DROP INDEX IF EXISTS ix_calibration_tables_search_text_trigram

DROP TRIGGER "calibration_tags_update" ON "calibration_tables"

DROP TRIGGER "calibration_tags_insert" ON "calibration_tables"

DROP FUNCTION calibration_tags_keep()

DROP TRIGGER "ms_sums_update" ON "measurement_sets"

DROP FUNCTION ms_sums_update()

DROP TRIGGER "ms_sums_delete" ON "measurement_sets"

DROP FUNCTION ms_sums_delete()

DROP TRIGGER "ms_sums_insert" ON "measurement_sets"

DROP FUNCTION ms_sums_insert()

DROP INDEX IF EXISTS ix_measurement_sets_search_text_trigram

DROP TRIGGER "ms_tags_update" ON "measurement_sets"

DROP TRIGGER "ms_tags_insert" ON "measurement_sets"

DROP FUNCTION ms_tags_keep()

DROP TRIGGER "source_tags_update" ON "sources"

DROP TRIGGER "source_tags_insert" ON "sources"

DROP FUNCTION source_tags_keep()

DROP TRIGGER "image_sums_update" ON "images"

DROP FUNCTION image_sums_update()

DROP TRIGGER "image_sums_delete" ON "images"

DROP FUNCTION image_sums_delete()

DROP TRIGGER "image_sums_insert" ON "images"

DROP FUNCTION image_sums_insert()

DROP INDEX IF EXISTS ix_images_search_text_trigram

DROP TRIGGER "image_tags_update" ON "images"

DROP TRIGGER "image_tags_insert" ON "images"

DROP FUNCTION image_tags_keep()

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
