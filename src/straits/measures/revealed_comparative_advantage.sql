-- question: In which products is an economy a relatively strong exporter?
-- formula: Balassa index RCA = (exports of product / exports of economy) / (world exports of product / world exports);
--          symmetric form (RCA - 1) / (RCA + 1).  "All" products are those that are loaded
-- unit: RCA 0 to infinity, 1 is neutral; symmetric -1 to 1
-- source: Balassa (1965); Laursen (2015) for the symmetric form
-- inputs: exporters
select
    exporter,
    period,
    product,
    exports_usd,
    rca,
    (rca - 1) / (rca + 1) as symmetric_rca
from (
    select
        exporter,
        period,
        product,
        exports_usd,
        (exports_usd / cast(sum(exports_usd) over (partition by exporter, period) as double))
            / (cast(sum(exports_usd) over (partition by period, product) as double)
                / cast(sum(exports_usd) over (partition by period) as double)) as rca
    from exporters
) as indexed
order by period, exporter, product
