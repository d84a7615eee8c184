-- question: How dependent is a region on a provider for a product, year by year, and by which thresholds?
-- formula: the screen, the ranking and the bilateral share, for every year in which the code is traded at all;
--          in a year without imports amounts and counts are 0, shares and concentration are null
-- unit: USD, t, shares and HHI 0 to 1; flags boolean, null when unknown
-- source: as its parts: screen, import_ranking, bilateral, persistence
-- inputs: world_exports, pairs, years, screen, exports, import_ranking, bilateral, persistence
select
    w.period,
    w.product,
    p.dependent,
    p.provider,
    coalesce(s.imports_usd, 0) as imports_usd,
    case when s.imports_usd is null then 0 else s.imports_kg / 1000.0 end as imports_tonnes,
    s.tonnes_coverage,
    coalesce(b.imports_from_provider_usd, 0) as imports_from_provider_usd,
    case when s.imports_usd is null then 0 else b.imports_from_provider_kg / 1000.0 end as imports_from_provider_tonnes,
    b.share_of_imports,
    b.share_of_tonnes,
    b.share_of_tonnes - b.share_of_imports as share_gap,
    coalesce(s.suppliers, 0) as suppliers,
    s.hhi_imports,
    s.hhi_tonnes,
    s.hhi_gap,
    s.effective_suppliers,
    r.cr1,
    r.cr3,
    r.cr5,
    s.top_supplier,
    s.top_share,
    coalesce(x.exports_usd, 0) as exports_usd,
    s.imports_over_exports,
    s.extra_share_of_imports,
    w.world_exports_usd,
    w.hhi_world_exports,
    w.top_exporter,
    w.top_exporter_share,
    s.c1, s.c2, s.c3, n.c4, s.cdi1, s.cdi2, s.cdi3, s.crma65,
    s.c1_low, s.c2_low, s.c3_low, n.c4_low, s.cdi1_low, s.cdi2_low, s.cdi3_low, s.crma65_low,
    s.c1_high, s.c2_high, s.c3_high, n.c4_high, s.cdi1_high, s.cdi2_high, s.cdi3_high, s.crma65_high,
    n.years_known,
    n.c1_years, n.c2_years, n.c3_years, n.cdi1_years, n.cdi2_years, n.cdi3_years, n.crma65_years
from world_exports as w
cross join pairs as p
left join screen as s on s.dependent = p.dependent and s.period = w.period and s.product = w.product
left join exports as x on x.dependent = p.dependent and x.period = w.period and x.product = w.product
left join import_ranking as r on r.dependent = p.dependent and r.period = w.period and r.product = w.product
left join bilateral as b
    on b.dependent = p.dependent and b.provider = p.provider and b.period = w.period and b.product = w.product
left join persistence as n on n.dependent = p.dependent and n.period = w.period and n.product = w.product
where w.period in (select period from years)
order by w.product, p.place, w.period
