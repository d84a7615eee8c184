-- The leanest query we know for the columns of the screen of all economies: one period of trade, no nomenclatures,
-- doubles throughout (so sums depend on the order of rows), ties between suppliers broken at random.
with imports as (
    select
        importer,
        product,
        sum(value_usd::double) as imports_usd,
        sum(quantity_kg::double) as imports_kg,
        sum(value_usd::double) filter (quantity_kg is not null) as measured_usd,
        count(*) as suppliers,
        sum(value_usd::double * value_usd) as squares_usd,
        sum(quantity_kg::double * quantity_kg) as squares_kg,
        arg_max(exporter, value_usd) as top_supplier,
        max(value_usd) as top_usd
    from trade
    where period = $period
    group by importer, product
),
exports as (
    select exporter, product, sum(value_usd::double) as exports_usd
    from trade
    where period = $period
    group by exporter, product
),
world as (
    select
        product,
        sum(exports_usd) as world_exports_usd,
        sum(exports_usd * exports_usd) / sum(exports_usd) ** 2 as hhi_world_exports,
        arg_max(exporter, exports_usd) as top_exporter,
        max(exports_usd) / sum(exports_usd) as top_exporter_share
    from exports
    group by product
),
screen as (
    select
        i.importer as dependent,
        $period as period,
        i.product,
        imports_usd,
        imports_kg,
        coalesce(measured_usd, 0) / imports_usd as tonnes_coverage,
        suppliers,
        squares_usd / imports_usd ** 2 as hhi_imports,
        imports_usd ** 2 / squares_usd as effective_suppliers,
        squares_kg / imports_kg ** 2 as hhi_tonnes,
        top_supplier,
        top_usd / imports_usd as top_share,
        hhi_tonnes - hhi_imports as hhi_gap,
        coalesce(x.exports_usd, 0) as exports_usd,
        imports_usd / x.exports_usd as imports_over_exports,
        1.0::double as extra_share_of_imports,
        world_exports_usd,
        hhi_world_exports,
        top_exporter,
        top_exporter_share
    from imports as i
    left join exports as x on x.exporter = i.importer and x.product = i.product
    left join world as w on w.product = i.product
)
select
    *,
    hhi_imports > 0.4 as c1,
    hhi_imports > 0.3 as c1_low,
    hhi_imports > 0.5 as c1_high,
    hhi_world_exports > 0.4 as c2,
    hhi_world_exports > 0.3 as c2_low,
    hhi_world_exports > 0.5 as c2_high,
    coalesce(imports_over_exports > 1, true) as c3,
    coalesce(imports_over_exports > 0.75, true) as c3_low,
    coalesce(imports_over_exports > 1.25, true) as c3_high,
    c1 as cdi1,
    c1_low as cdi1_low,
    c1_high as cdi1_high,
    true as cdi2,
    true as cdi2_low,
    true as cdi2_high,
    c3 as cdi3,
    c3_low as cdi3_low,
    c3_high as cdi3_high,
    top_share > 0.65 as crma65,
    top_share > 0.4875 as crma65_low,
    top_share > 0.8125 as crma65_high
from screen
