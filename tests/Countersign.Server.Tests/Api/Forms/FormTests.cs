using System.Net;
using System.Text;
using Countersign.Server.Api.Forms;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace Countersign.Server.Tests.Api.Forms;

public sealed class FormTests
{
    [Fact]
    public void A_start_is_read()
    {
        var form = Parse("To=%2B14155550123&Channel=sms");

        Assert.Equal("+14155550123", form["To"]);
        Assert.Equal("sms", form["Channel"]);
        Assert.Equal(2, form.Count);
    }

    [Theory]
    [InlineData("To=%2b1", "+1")]
    [InlineData("To=a+b%20c", "a b c")]
    [InlineData("To=", "")]
    [InlineData("To", "")]
    [InlineData("To=a=b", "a=b")]
    [InlineData("&&To=x&", "x")]
    [InlineData("T%6F=x", "x")]
    [InlineData("To=%C3%A9%F0%9F%98%80", "é😀")]
    [InlineData("To=é", "é")]
    [InlineData("To=a%0D%0A%09b", "a\r\n\tb")]
    public void A_value_is_decoded(string body, string expected) => Assert.Equal(expected, Parse(body)["To"]);

    [Theory]
    [InlineData("To=%")]
    [InlineData("To=%4")]
    [InlineData("To=%zz")]
    [InlineData("To=%4g")]
    [InlineData("To=a%&Channel=41")]
    [InlineData("T%o=1")]
    [InlineData("%00=1")]
    [InlineData("To=%C3")]
    [InlineData("To=%C3%28")]
    [InlineData("To=%C0%80")]
    [InlineData("To=%C0%AB")]
    [InlineData("To=%E0%80%AB")]
    [InlineData("To=%ED%A0%BD%ED%B8%80")]
    [InlineData("To=%ED%A0%80")]
    [InlineData("To=%F4%90%80%80")]
    [InlineData("To=%FF")]
    [InlineData("%FF=1")]
    [InlineData("""{"To":"+14155550123"}""")]
    public void What_is_not_strictly_a_form_in_UTF_8_is_malformed(string body)
    {
        var error = Form.Parse(Encoding.UTF8.GetBytes(body)).Error!;

        Assert.Equal((400, 60200, "malformed_body"), (error.Status, error.Code, error.Details!.Reason));
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("a%00")]
    [InlineData("\0")]
    [InlineData("%1B")]
    [InlineData("%7F")]
    [InlineData("%C2%85")]
    public void A_control_character_names_the_parameter(string value)
    {
        var error = Form.Parse(Encoding.UTF8.GetBytes("Channel=sms&To=" + value)).Error!;

        Assert.Equal((400, 60200, "control_characters", "To"), (error.Status, error.Code, error.Details!.Reason, error.Details["parameter"]));
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Theory]
    [InlineData("To=+14155550123", "+14155550123")]
    [InlineData("To=%2B14155550123", "+14155550123")]
    [InlineData("To=14155550123", "14155550123")]
    [InlineData("To=++14155550123", "  14155550123")]
    [InlineData("To=+a@example.com", " a@example.com")]
    [InlineData("To=+", " ")]
    [InlineData("To=", "")]
    public void A_plus_that_the_form_made_a_space_is_a_plus_again(string body, string expected) => Assert.Equal(expected, Parse(body).Phone("To"));

    [Fact]
    public void Names_are_matched_exactly()
    {
        var form = Parse("to=1&TO=2&To=3");

        Assert.Equal("3", form["To"]);
        Assert.Null(form["tO"]);
        Assert.Null(form.Phone("tO"));
    }

    [Fact]
    public void Repeated_names_keep_their_order()
    {
        var form = Parse("A=1&B=2&A=3");

        Assert.Equal(["1", "3"], form.All("A"));
        Assert.Equal("1", form["A"]);
        Assert.Equal(2, form.CountOf("A"));
    }

    [Fact]
    public void A_hundred_pairs_are_read_and_one_more_is_refused()
    {
        var hundred = string.Join('&', Enumerable.Range(0, 100).Select(i => $"k{i}=v{i}"));

        Assert.Equal("v99", Parse(hundred)["k99"]);
        Assert.Equal("too_many_parameters", Form.Parse(Encoding.UTF8.GetBytes(hundred + "&more=1")).Error!.Details!.Reason);
    }

    [Fact]
    public void Thousands_of_empty_pairs_are_no_pairs() => Assert.Equal(0, Parse(new string('&', 60_000)).Count);

    [Fact]
    public void A_query_follows_the_same_rules()
    {
        Assert.Equal("2", Query("?PageSize=2&Page=0").Form!["PageSize"]);
        Assert.Equal("a b", Query("?x=a+b").Form!["x"]);
        Assert.Equal(0, Query("").Form!.Count);
        Assert.Equal(0, Query("?").Form!.Count);
        Assert.Equal("malformed_query", Query("?x=%zz").Error!.Details!.Reason);
        Assert.Equal("malformed_query", Query("?x=\ud800").Error!.Details!.Reason);
        Assert.Equal("malformed_query", Query("?x=" + new string('a', FormReader.MaxBytes)).Error!.Details!.Reason);
        Assert.Equal("control_characters", Query("?x=%00").Error!.Details!.Reason);
    }

    [Fact]
    public void Any_bytes_give_a_form_or_an_error() =>
        FormGen.Body.Sample(body =>
        {
            var result = Form.Parse(body);

            Assert.True(result.Form is null != result.Error is null);
            Assert.Equal(result.Form is not null, result.TryGet(out _, out _));
        });

    [Fact]
    public void What_an_independent_encoder_wrote_is_read_back() =>
        FormGen.Pairs.Sample(pairs =>
        {
            using var content = new FormUrlEncodedContent(pairs);
            var body = content.ReadAsByteArrayAsync().GetAwaiter().GetResult();

            var form = Form.Parse(body).Form;

            Assert.Equal(pairs, form!.Pairs.ToArray());
        });

    [Fact]
    public void A_form_that_was_read_is_what_a_lenient_decoder_reads_too() =>
        FormGen.Body.Sample(body =>
        {
            if (Form.Parse(body).Form is { Count: > 0 } form)
            {
                // By the bytes, as the URL standard has it: one that is escaped may begin a character that goes on with one that is not.
                var expected = Encoding.Latin1.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pair => pair.Split('=', 2))
                    .Select(pair => KeyValuePair.Create(Decoded(pair[0]), pair.Length > 1 ? Decoded(pair[1]) : ""));
                Assert.Equal(expected, form.Pairs.ToArray());
            }
        });

    static string Decoded(string latin1)
    {
        var bytes = Encoding.Latin1.GetBytes(latin1);
        return Encoding.UTF8.GetString(WebUtility.UrlDecodeToBytes(bytes, 0, bytes.Length));
    }

    static Form Parse(string body) => Form.Parse(Encoding.UTF8.GetBytes(body)).Form!;

    static FormResult Query(string query)
    {
        var context = new DefaultHttpContext();
        // The constructor of QueryString wants the question mark; FromQuery must bear whatever a server hands over.
        context.Request.QueryString = new QueryString(query);
        return Form.FromQuery(context.Request);
    }
}
