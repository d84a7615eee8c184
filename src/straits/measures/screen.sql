-- question: For which products does a dependent region or economy cross which threshold?
-- formula: c1 import HHI; c2 world-export HHI; c3 imports / exports (no exports: dependent, no number);
--          cdi1 import HHI; cdi2 extra-region imports / all imports of members; cdi3 = imports / exports;
--          crma65 share of the largest supplier.  x_low and x_high: the flag with the threshold 25 % lower, higher
-- unit: USD, kg, shares and HHI 0 to 1; flags boolean, null when unknown
-- source: CEPII, GeoDep (2024); European Commission, SWD(2021) 352; Regulation (EU) 2024/1252
-- inputs: import_concentration, exports, member_imports, world_exports
select
    i.*,
    i.hhi_tonnes - i.hhi_imports as hhi_gap,
    coalesce(x.exports_usd, 0) as exports_usd,
    i.imports_usd / nullif(cast(x.exports_usd as double), 0) as imports_over_exports,
    i.imports_usd / cast(coalesce(a.member_imports_usd, i.imports_usd) as double) as extra_share_of_imports,
    w.world_exports_usd,
    w.hhi_world_exports,
    w.top_exporter,
    w.top_exporter_share,
    i.hhi_imports > $c1 as c1,
    i.hhi_imports > $c1 * 0.75 as c1_low,
    i.hhi_imports > $c1 * 1.25 as c1_high,
    w.hhi_world_exports > $c2 as c2,
    w.hhi_world_exports > $c2 * 0.75 as c2_low,
    w.hhi_world_exports > $c2 * 1.25 as c2_high,
    i.imports_usd > $c3 * coalesce(x.exports_usd, 0) as c3,
    i.imports_usd > $c3 * 0.75 * coalesce(x.exports_usd, 0) as c3_low,
    i.imports_usd > $c3 * 1.25 * coalesce(x.exports_usd, 0) as c3_high,
    i.hhi_imports > $cdi1 as cdi1,
    i.hhi_imports > $cdi1 * 0.75 as cdi1_low,
    i.hhi_imports > $cdi1 * 1.25 as cdi1_high,
    i.imports_usd > $cdi2 * coalesce(a.member_imports_usd, i.imports_usd) as cdi2,
    i.imports_usd > $cdi2 * 0.75 * coalesce(a.member_imports_usd, i.imports_usd) as cdi2_low,
    i.imports_usd > $cdi2 * 1.25 * coalesce(a.member_imports_usd, i.imports_usd) as cdi2_high,
    i.imports_usd > $cdi3 * coalesce(x.exports_usd, 0) as cdi3,
    i.imports_usd > $cdi3 * 0.75 * coalesce(x.exports_usd, 0) as cdi3_low,
    i.imports_usd > $cdi3 * 1.25 * coalesce(x.exports_usd, 0) as cdi3_high,
    i.top_share > $crma65 as crma65,
    i.top_share > $crma65 * 0.75 as crma65_low,
    i.top_share > $crma65 * 1.25 as crma65_high
from import_concentration as i
left join exports as x on x.dependent = i.dependent and x.period = i.period and x.product = i.product
left join member_imports as a on a.dependent = i.dependent and a.period = i.period and a.product = i.product
left join world_exports as w on w.period = i.period and w.product = i.product
