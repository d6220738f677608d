/**
 * What the API answers, as far as the page reads it.
 *
 * What people say of a record.
 * @typedef {object} Said
 * @property {string[]} tags
 * @property {number | null} rating
 * @property {string | null} note
 * @property {string | null} [grade_given]  of what is graded
 *
 * @typedef {object} Video
 * @property {string} id
 * @property {string} path
 * @property {string} filename
 * @property {number | null} duration_frames
 * @property {boolean | null} frames_exact
 * @property {number | null} frame_rate_numerator
 * @property {number | null} frame_rate_denominator
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} display_width
 * @property {number | null} display_height
 * @property {number | null} pixel_aspect_numerator
 * @property {number | null} pixel_aspect_denominator
 * @property {number | null} rotation
 * @property {string | null} video_codec
 * @property {string | null} audio_codec
 * @property {string | null} container
 * @property {number | null} bit_rate
 * @property {string | null} pixel_format
 * @property {string | null} field_order
 * @property {string | null} hdr
 * @property {number | null} audio_channels
 * @property {number | null} audio_rate
 * @property {string[]} audio_languages
 * @property {string[]} subtitle_languages
 * @property {number | null} duration_seconds
 * @property {string | null} recorded_at
 * @property {string | null} start_timecode
 * @property {number | null} file_size
 * @property {string | null} modified_at
 * @property {string | null} fingerprint
 * @property {string | null} missing_since
 * @property {string[]} tags
 * @property {number | null} rating
 * @property {string | null} note
 * @property {string | null} job_id
 * @property {string | null} created_at
 * @property {string | null} updated_at
 *
 * @typedef {object} Progress
 * @property {number | null} done
 * @property {number | null} total
 * @property {number | null} rate  a second
 * @property {number | null} eta_seconds
 * @property {string | null} message
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {string} type
 * @property {"pending" | "running" | "completed" | "failed" | "timeout" | "cancelled"} status
 * @property {Record<string, any>} parameters
 * @property {Progress} progress
 * @property {any} result
 * @property {{code: string, message: string} | null} error
 *
 * @typedef {object} Root
 * @property {string} id
 * @property {string} path
 * @property {string} name
 * @property {string[]} collections  names of those that watch it
 * @property {string | null} last_scan_at
 * @property {Record<string, any> | null} last_scan  the last result of each collection
 * @property {string | null} problem
 * @property {string | null} [watch_note]  why changes are not noticed as they happen
 *
 * @typedef {object} FileFailure
 * @property {string} path
 * @property {string} [stage]
 * @property {string} [message]
 *
 * @typedef {object} AuditEntry
 * @property {number} id
 * @property {string} at
 * @property {string} actor
 * @property {"insert" | "update" | "delete" | "restore"} action
 * @property {Record<string, any> | null} before
 * @property {Record<string, any> | null} after
 */

/**
 * @template T
 * @typedef {object} Page
 * @property {T[]} items
 * @property {number} total
 * @property {boolean} total_is_exact
 * @property {string | null} next
 */

export {};
