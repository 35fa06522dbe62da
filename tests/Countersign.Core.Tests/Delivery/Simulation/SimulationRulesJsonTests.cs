using System.Text;
using System.Text.Json;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Core.Tests.Delivery.Simulation;

public sealed class SimulationRulesJsonTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_member_is_read_and_written_as_it_was_read()
    {
        const string text = """
            {"rules":[{"prefix":"+46","latency_ms":[200,1500],"loss":0.1,"receipts":"all","receipt_delay_ms":2000,"refusal":{"error":"carrier_fault","probability":0.5},
            "undelivered":{"error":"unreachable"},"filter":["casino"],"messages_per_second":10,"outage":{"seconds":60}},{"prefix":""}]}
            """;

        var rules = Read(text);

        Assert.Equal(
            """{"rules":[{"prefix":"\u002B46","latency_ms":[200,1500],"loss":0.1,"receipts":"all","receipt_delay_ms":[2000,2000],"refusal":{"error":"carrier_fault","probability":0.5},"undelivered":{"error":"unreachable","probability":1},"filter":["casino"],"messages_per_second":10,"outage":{"from":"2026-03-01T12:00:00Z","until":"2026-03-01T12:01:00Z"}},{"prefix":"","latency_ms":[0,0],"loss":0,"receipts":null,"receipt_delay_ms":[0,0],"refusal":null,"undelivered":null,"filter":[],"messages_per_second":null,"outage":null}]}""",
            Written(rules));
        Assert.Equal(Written(rules), Written(Read(Written(rules))));
        Assert.Equal(DeliveryError.Unreachable, rules[0].Undelivered!.Error);
    }

    [Theory]
    [InlineData("""[]""", "body")]
    [InlineData("""{"rule":[]}""", "body")]
    [InlineData("""{}""", "rules")]
    [InlineData("""{"rules":{}}""", "rules")]
    [InlineData("""{"rules":[{"prefix":"+1"},{"prefix":"+1"}]}""", "rules")]
    [InlineData("""{"rules":[{}]}""", "rules[0].prefix")]
    [InlineData("""{"rules":[{"prefix":"46"}]}""", "rules[0].prefix")]
    [InlineData("""{"rules":[{"prefix":"\ud800"}]}""", "rules[0].prefix")]
    [InlineData("""{"rules":[{"prefix":"","\ud800":1}]}""", "rules[0]")]
    [InlineData("""{"rules":[{"prefix":"","lost":1}]}""", "rules[0]")]
    [InlineData("""{"rules":[{"prefix":""},3]}""", "rules[1]")]
    [InlineData("""{"rules":[{"prefix":"","loss":1.5}]}""", "rules[0].loss")]
    [InlineData("""{"rules":[{"prefix":"","loss":"1"}]}""", "rules[0].loss")]
    [InlineData("""{"rules":[{"prefix":"","latency_ms":-1}]}""", "rules[0].latency_ms")]
    [InlineData("""{"rules":[{"prefix":"","latency_ms":60001}]}""", "rules[0].latency_ms")]
    [InlineData("""{"rules":[{"prefix":"","latency_ms":[2,1]}]}""", "rules[0].latency_ms")]
    [InlineData("""{"rules":[{"prefix":"","receipts":"some"}]}""", "rules[0].receipts")]
    [InlineData("""{"rules":[{"prefix":"","refusal":{"error":"nothing"}}]}""", "rules[0].refusal.error")]
    [InlineData("""{"rules":[{"prefix":"","refusal":{"error":"filtered","probability":2}}]}""", "rules[0].refusal.probability")]
    [InlineData("""{"rules":[{"prefix":"","undelivered":"filtered"}]}""", "rules[0].undelivered")]
    [InlineData("""{"rules":[{"prefix":"","filter":"word"}]}""", "rules[0].filter")]
    [InlineData("""{"rules":[{"prefix":"","filter":[""]}]}""", "rules[0].filter")]
    [InlineData("""{"rules":[{"prefix":"","messages_per_second":-1}]}""", "rules[0].messages_per_second")]
    [InlineData("""{"rules":[{"prefix":"","messages_per_second":0}]}""", "rules[0].messages_per_second")]
    [InlineData("""{"rules":[{"prefix":"","messages_per_second":0.5}]}""", "rules[0].messages_per_second")]
    [InlineData("""{"rules":[{"prefix":"","messages_per_second":1.5}]}""", "rules[0].messages_per_second")]
    [InlineData("""{"rules":[{"prefix":"","messages_per_second":100001}]}""", "rules[0].messages_per_second")]
    [InlineData("""{"rules":[{"prefix":"","outage":{}}]}""", "rules[0].outage")]
    [InlineData("""{"rules":[{"prefix":"","outage":{"seconds":0}}]}""", "rules[0].outage.seconds")]
    [InlineData("""{"rules":[{"prefix":"","outage":{"from":"2026-03-01","until":"2026-02-01"}}]}""", "rules[0].outage")]
    public void What_is_wrong_is_named_with_its_place(string text, string member)
    {
        using var document = JsonDocument.Parse(text);

        Assert.False(SimulationRulesJson.TryRead(document.RootElement, Now, out _, out var problem));
        Assert.Equal(member, problem.Member);
    }

    static IReadOnlyList<SimulationRule> Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        Assert.True(SimulationRulesJson.TryRead(document.RootElement, Now, out var rules, out var problem), problem?.ToString());
        return rules;
    }

    static string Written(IReadOnlyList<SimulationRule> rules)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            SimulationRulesJson.Write(json, rules);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
