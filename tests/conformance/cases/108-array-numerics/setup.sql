CREATE TABLE public.w (id int PRIMARY KEY,
  c_numeric_a numeric[],
  c_numeric_10_2__a numeric(10,2)[],
  c_timestamp_a timestamp[],
  c_timestamp_3__a timestamp(3)[],
  c_timestamptz_a timestamptz[],
  c_float8_a float8[],
  c_float4_a float4[]);
INSERT INTO public.w VALUES (1, ARRAY['NaN'::numeric, 'NaN'::numeric]::numeric[], ARRAY['NaN'::numeric(10,2), 'NaN'::numeric(10,2)]::numeric(10,2)[], ARRAY['infinity'::timestamp, 'infinity'::timestamp]::timestamp[], ARRAY['-infinity'::timestamp(3), '-infinity'::timestamp(3)]::timestamp(3)[], ARRAY['infinity'::timestamptz, 'infinity'::timestamptz]::timestamptz[], ARRAY['NaN'::float8, 'NaN'::float8]::float8[], ARRAY['NaN'::float4, 'NaN'::float4]::float4[]);
INSERT INTO public.w VALUES (2, ARRAY['NaN'::numeric, 1::numeric]::numeric[], ARRAY['NaN'::numeric(10,2), 2::numeric(10,2)]::numeric(10,2)[], ARRAY['infinity'::timestamp, '2020-01-01 00:00:00.5'::timestamp]::timestamp[], ARRAY['-infinity'::timestamp(3), '2020-01-01 00:00:00.5'::timestamp(3)]::timestamp(3)[], ARRAY['infinity'::timestamptz, '2020-01-01'::timestamptz]::timestamptz[], ARRAY['NaN'::float8, '-Infinity'::float8]::float8[], ARRAY['NaN'::float4, '-Infinity'::float4]::float4[]);
