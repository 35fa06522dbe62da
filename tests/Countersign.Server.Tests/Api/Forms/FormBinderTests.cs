using System.Globalization;
using System.Text;
using System.Text.Json;
using Countersign.Server.Api.Forms;
using CsCheck;

namespace Countersign.Server.Tests.Api.Forms;

public sealed class FormBinderTests
{
    enum Pace
    {
        Slow,
        Fast,
    }

    static readonly (string, Pace)[] Paces = [("slow", Pace.Slow), ("fast", Pace.Fast)];

    [Fact]
    public void Absent_parameters_are_null_and_no_error()
    {
        var form = Binder("Unknown=1");

        Assert.Null(form.Text("Locale", 1, 10));
        Assert.Null(form.Phone("To", 20));
        Assert.Null(form.Flag("LookupEnabled"));
        Assert.Null(form.Integer("Max", 1, 10));
        Assert.Null(form.Many("EventTypes"));
        Assert.Null(form.Choice("Pace", Paces));
        Assert.Null(form.JsonMap("Tags", 10, 128, 128));
        Assert.Null(form.Sid("TemplateSid", "HJ"));
        Assert.False(form.Has("Locale"));
        Assert.Null(form.Error);
    }

    [Fact]
    public void The_first_error_is_kept()
    {
        var form = Binder("CodeLength=99&Max=x");

        form.Integer("CodeLength", 4, 10);
        form.Integer("Max", 1, 10);
        form.RequiredText("To", 1, 10);
        form.Fail(Countersign.Server.Api.Errors.ApiErrors.MaxSends());

        Assert.Equal("CodeLength", form.Error!.Details!["parameter"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("To=")]
    public void A_required_text_that_is_absent_or_empty_is_missing(string body)
    {
        var form = Binder(body);

        Assert.Equal("", form.RequiredText("To", 1, 20));

        Assert.Equal(("Invalid parameter `To`", "missing"), (form.Error!.Message, form.Error.Details!.Reason));
    }

    [Theory]
    [InlineData("Name=ab", "ab", null)]
    [InlineData("Name=abcd", "abcd", null)]
    [InlineData("Name=a", null, "too_short")]
    [InlineData("Name=abcde", null, "too_long")]
    [InlineData("Name=", null, "empty")]
    public void A_text_keeps_to_its_length(string body, string? expected, string? reason)
    {
        var form = Binder(body);

        Assert.Equal(expected, form.Text("Name", 2, 4));
        Assert.Equal(reason, form.Error?.Details!.Reason);
    }

    [Fact]
    public void An_empty_text_is_let_through_where_it_clears_something()
    {
        var form = Binder("Description=&TemplateSid=&Pace=");

        Assert.Equal("", form.Text("Description", 0, 10));
        Assert.Null(form.Sid("TemplateSid", "HJ", allowEmpty: true));
        Assert.Null(form.Choice("Pace", Paces, allowEmpty: true));
        Assert.True(form.IsEmpty("TemplateSid"));
        Assert.False(form.IsEmpty("Other"));
        Assert.Null(form.Error);
    }

    [Fact]
    public void A_phone_number_gets_its_plus_back()
    {
        var form = Binder("To=+14155550123&From=%2B14155550124");

        Assert.Equal("+14155550123", form.RequiredPhone("To", 20));
        Assert.Equal("+14155550124", form.Phone("From", 20));
        Assert.Null(form.Error);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("1", true)]
    [InlineData("FALSE", false)]
    [InlineData("0", false)]
    public void A_flag_is_read(string value, bool expected) => Assert.Equal(expected, Binder($"LookupEnabled={value}").Flag("LookupEnabled"));

    [Theory]
    [InlineData("yes", "not_a_boolean")]
    [InlineData("2", "not_a_boolean")]
    [InlineData("+true", "not_a_boolean")]
    [InlineData("", "empty")]
    public void A_flag_is_nothing_else(string value, string reason)
    {
        var form = Binder($"LookupEnabled={value}");

        Assert.Null(form.Flag("LookupEnabled"));
        Assert.Equal(reason, form.Error!.Details!.Reason);
    }

    [Theory]
    [InlineData("4", 4, null)]
    [InlineData("10", 10, null)]
    [InlineData("006", 6, null)]
    [InlineData("3", null, "out_of_range")]
    [InlineData("11", null, "out_of_range")]
    [InlineData("-4", null, "out_of_range")]
    [InlineData("4294967300", null, "out_of_range")]
    [InlineData("4.0", null, "not_an_integer")]
    [InlineData("4e0", null, "not_an_integer")]
    [InlineData("+4", null, "not_an_integer")]
    [InlineData("٤", null, "not_an_integer")]
    [InlineData("", null, "empty")]
    public void An_integer_keeps_to_its_range(string value, int? expected, string? reason)
    {
        var form = Binder($"CodeLength={value}");

        Assert.Equal(expected, form.Integer("CodeLength", 4, 10));
        Assert.Equal(reason, form.Error?.Details!.Reason);
    }

    [Fact]
    public void An_integer_out_of_range_suggests_the_nearest()
    {
        var form = Binder("CodeLength=12");

        form.Integer("CodeLength", 4, 10);

        Assert.Equal("10", form.Error!.Details!["suggestion"]);
    }

    [Fact]
    public void Every_integer_in_range_is_read() =>
        Gen.Int.Sample(number => Assert.Equal(number, Binder("N=" + number.ToString(CultureInfo.InvariantCulture)).Integer("N", int.MinValue, int.MaxValue)));

    [Fact]
    public void A_choice_is_exact_and_suggests_the_right_case()
    {
        var form = Binder("Pace=fast&Other=Fast");

        Assert.Equal(Pace.Fast, form.Choice("Pace", Paces));
        Assert.Null(form.Error);
        Assert.Null(form.Choice("Other", Paces));
        Assert.Equal(("not_a_choice", "fast"), (form.Error!.Details!.Reason, form.Error.Details["suggestion"]));
        Assert.Contains("slow, fast", form.Error.Details["explanation"]);
    }

    [Fact]
    public void A_parameter_that_may_be_repeated_gives_all_its_values()
    {
        var form = Binder("EventTypes=a&EventTypes=b");

        Assert.Equal(["a", "b"], form.Many("EventTypes")!);
        Assert.Null(form.Error);
    }

    [Fact]
    public void Any_other_parameter_may_not_be_repeated()
    {
        Action<FormBinder>[] reads =
        [
            form => form.Text("X", 0, 10), form => form.RequiredText("X", 1, 10), form => form.Flag("X"), form => form.Integer("X", 0, 9),
            form => form.Choice("X", Paces), form => form.JsonMap("X", 1, 1, 1), form => form.Sid("X", "VA"), form => form.Phone("X", 9), form => form.RequiredPhone("X", 9),
        ];

        foreach (var read in reads)
        {
            var form = Binder("X=1&Y=2&X=1");
            read(form);
            Assert.Equal("duplicated", form.Error!.Details!.Reason);
        }
    }

    [Theory]
    [InlineData("VA0123456789abcdef0123456789ABCDEF", true)]
    [InlineData("VE0123456789abcdef0123456789abcdef", false)]
    [InlineData("VA0123", false)]
    public void A_sid_is_of_its_kind(string value, bool right)
    {
        var form = Binder($"Sid={value}");

        Assert.Equal(right, form.Sid("Sid", "VA") is not null);
        Assert.Equal(right ? null : "not_a_sid", form.Error?.Details!.Reason);
    }

    [Fact]
    public void A_code_is_not_repeated_in_its_error()
    {
        var form = Binder("Code=12");

        form.RequiredText("Code", 4, 10);

        Assert.Equal("Invalid parameter `Code`", form.Error!.Message);
    }

    [Fact]
    public void A_map_takes_texts_numbers_and_booleans_as_written()
    {
        var map = Binder("Tags=" + Uri.EscapeDataString("""{"a":"x","b":1.50,"c":true,"d":""} """)).JsonMap("Tags", 10, 128, 128)!;

        Assert.Equal([new("a", "x"), new("b", "1.50"), new("c", "true"), new("d", "")], map);
    }

    [Theory]
    [InlineData("[]", "not_an_object")]
    [InlineData("\"x\"", "not_an_object")]
    [InlineData("{", "not_json")]
    [InlineData("x", "not_json")]
    [InlineData("{}x", "not_json")]
    [InlineData("{}{}", "not_json")]
    [InlineData("{'a':1}", "not_json")]
    [InlineData("""{"a":1,}""", "not_json")]
    [InlineData("""{"a":"\ud800"}""", "not_json")]
    [InlineData("""{"\ud800":"a"}""", "not_json")]
    [InlineData("""{"a":null}""", "not_text")]
    [InlineData("""{"a":{}}""", "not_text")]
    [InlineData("""{"a":[[[["b"]]]]}""", "not_text")]
    [InlineData("""{"a":"1","\u0061":"2"}""", "duplicate_key")]
    [InlineData("""{"":"x"}""", "key_length")]
    [InlineData("""{"abcde":"x"}""", "key_length")]
    [InlineData("""{"a":"abcdefghi"}""", "value_too_long")]
    [InlineData("""{"a":"\u0000"}""", "control_characters")]
    [InlineData("""{"a\u0007":"x"}""", "control_characters")]
    [InlineData("""{"a":"1","b":"2","c":"3"}""", "too_many_entries")]
    [InlineData("", "empty")]
    public void A_map_is_flat_and_bounded(string json, string reason)
    {
        var form = Binder("Tags=" + Uri.EscapeDataString(json));

        Assert.Null(form.JsonMap("Tags", 2, 4, 8));

        Assert.Equal((reason, "Invalid parameter `Tags`"), (form.Error!.Details!.Reason, form.Error.Message));
    }

    [Fact]
    public void An_empty_map_is_a_map() => Assert.Empty(Binder("Tags={}").JsonMap("Tags", 2, 4, 8)!);

    [Fact]
    public void A_map_that_was_written_as_JSON_is_read_back() =>
        Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 10], Gen.String[Gen.Char[' ', '\u007e'], 0, 20])[0, 10].Sample(map =>
        {
            var json = JsonSerializer.Serialize(map);

            Assert.Equal(map, Binder("Tags=" + Uri.EscapeDataString(json)).JsonMap("Tags", 10, 10, 20));
        });

    [Fact]
    public void Any_text_is_a_map_or_an_error() =>
        Gen.String[Gen.OneOf("{}[]\":,\\ud80a1.e- tfn".ToCharArray()), 0, 40].Sample(text =>
        {
            var form = Binder("Tags=" + Uri.EscapeDataString("{" + text + "}"));

            var map = form.JsonMap("Tags", 5, 5, 5);

            Assert.True(map is null != form.Error is null);
        });

    static FormBinder Binder(string body) => new(Form.Parse(Encoding.UTF8.GetBytes(body)).Form!);
}
