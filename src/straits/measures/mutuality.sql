-- question: What does each side depend on the other for, and who leans more?
-- formula: share of A's imports from B and of B's imports from A, product by product; asymmetry = the difference
--          (positive: A leans more on B)
-- unit: USD, shares 0 to 1, asymmetry -1 to 1
-- source: Keohane and Nye (1977), asymmetric interdependence; DESIGN vocabulary (mutuality)
-- inputs: world_exports, bilateral, import_concentration, sides
select
    w.period,
    w.product,
    d.one,
    d.other,
    coalesce(a.imports_from_provider_usd, 0) as one_from_other_usd,
    a.share_of_imports as one_share,
    ia.hhi_imports as one_hhi,
    coalesce(b.imports_from_provider_usd, 0) as other_from_one_usd,
    b.share_of_imports as other_share,
    ib.hhi_imports as other_hhi,
    a.share_of_imports - b.share_of_imports as asymmetry,
    w.hhi_world_exports,
    w.top_exporter
from world_exports as w
cross join sides as d
left join bilateral as a on a.dependent = d.one and a.provider = d.other and a.period = w.period and a.product = w.product
left join bilateral as b on b.dependent = d.other and b.provider = d.one and b.period = w.period and b.product = w.product
left join import_concentration as ia on ia.dependent = d.one and ia.period = w.period and ia.product = w.product
left join import_concentration as ib on ib.dependent = d.other and ib.period = w.period and ib.product = w.product
order by w.product, w.period
